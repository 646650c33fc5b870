"""Tokens for service accounts: `/oauth/token`, `/oauth/introspect` and `/oauth/revoke`.

Introspection follows RFC 7662, revocation RFC 7009.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify
from limits import RateLimitItemPerMinute
from sqlalchemy.orm import Session

from api.request import oauth
from api.request.oauth import OAuthError
from domain.machines import Scheme
from models.audit_entry import ActorKind
from models.session import database_now
from security.jwt.tokens import MACHINE_LIFETIME, MachineClaims, TokenError
from server.limits import rate_limits
from server.request.lifecycle import read_body
from server.resources import resources
from services.audit import acts
from services.audit.acts import Actor
from services.errors import Invalid
from services.machines import client_authentication, machines
from services.machines import tokens as machine_tokens
from services.machines.client_authentication import Client, Proof

_REQUESTS_OF_ADDRESS = RateLimitItemPerMinute(120, namespace="tokens-of-address")
_REQUESTS_OF_CLIENT = RateLimitItemPerMinute(60, namespace="tokens-of-client")
_FAILURES_OF_CLIENT = RateLimitItemPerMinute(20, namespace="failures-of-client")
T = TypeVar("T")

blueprint = Blueprint("oauth", __name__, url_prefix="/oauth")
blueprint.before_request(read_body)


@blueprint.errorhandler(OAuthError)
def refuse(error: OAuthError) -> Response:
    return error.response()


@blueprint.post("/token")
def token() -> Response:
    """Issue a token to a service account.

    It is valid for 10 minutes and has all scopes of the account, or those requested.
    """
    given = oauth.form()
    kind = given.get("grant_type")
    if kind is None:
        raise OAuthError("invalid_request", "`grant_type` is missing.")
    if kind != "client_credentials":
        raise OAuthError("unsupported_grant_type", "Only client_credentials is supported.")
    shown = oauth.proof(given)
    certificate = shown.text if shown.scheme is Scheme.TLS_CLIENT_AUTH else None

    def grant(session: Session, client: Client) -> MachineClaims | None:
        now = database_now(session)
        asked = given.get("scope", "").split()
        try:
            granted = machine_tokens.grant(session, client, asked, certificate=certificate, now=now)
        except Invalid:
            # Raise after the commit, so that a refused assertion is used up as well.
            return None
        _declare(session, client)
        acts.note(session, scopes=granted.scopes, token=granted.jti)
        return granted

    return _granted(_as_client(shown, grant))


@blueprint.post("/introspect")
def introspect() -> Response:
    """Return whether a token of the caller's organization is valid, and its claims."""
    given = oauth.form()
    organization = _as_client(oauth.proof(given), lambda _, client: client.organization.public_id)
    claims = _claims(given)
    if claims is None or claims.organization_id != organization:
        return jsonify(active=False)
    with resources().transaction() as session:
        found = machines.by_token(session, claims)
    return jsonify(active=False) if found is None else jsonify(_described(claims))


@blueprint.post("/revoke")
def revoke() -> Response:
    """Revoke a token. An invalid or foreign token is no error (RFC 7009)."""
    given = oauth.form()
    claims = _claims(given)

    def take_back(session: Session, client: Client) -> None:
        if claims is not None:
            _declare(session, client)
            acts.note(session, token=claims.jti)
            machine_tokens.revoke(session, client, claims)

    _as_client(oauth.proof(given), take_back)
    return Response(status=200)


def _as_client(shown: Proof, act: Callable[[Session, Client], T]) -> T:
    """Run an action on behalf of the client, in one transaction, or raise `OAuthError`."""
    network, named = rate_limits.address(), str(shown.client_id)
    rate_limits.spend(_REQUESTS_OF_ADDRESS, network)
    these = resources()
    with these.transaction() as session:
        client = client_authentication.authenticate(
            session,
            shown,
            ring=these.ring,
            issuer=these.tokens.issuer,
            now=database_now(session),
        )
        if client is not None:
            rate_limits.spend(_REQUESTS_OF_CLIENT, named)
            return act(session, client)
    # Only failing callers are limited, because nobody guesses a secret of 256 bits.
    rate_limits.spend(_FAILURES_OF_CLIENT, named, network)
    raise oauth.refused()


def _declare(session: Session, client: Client) -> None:
    """Declare the act of a client, which is also its target."""
    account = client.account
    machine = Actor(kind=ActorKind.SERVICE_ACCOUNT, id=account.public_id, label=account.name)
    acts.declare(session, account.organization_id, machine)
    acts.aim(session, "service_account", account.public_id, account.name)


def _granted(claims: MachineClaims | None) -> Response:
    if claims is None:
        raise OAuthError("invalid_scope", "The client may not have this scope.")
    return jsonify(
        access_token=resources().tokens.issue_to_machine(
            claims, now=claims.expires_at - MACHINE_LIFETIME
        ),
        token_type="Bearer",  # noqa: S106 - the name of a kind
        expires_in=int(MACHINE_LIFETIME.total_seconds()),
        scope=" ".join(claims.scopes),
    )


def _claims(given: Mapping[str, str]) -> MachineClaims | None:
    """Return the claims of the token in question, if it is valid and belongs to a machine."""
    if "token" not in given:
        raise OAuthError("invalid_request", "`token` is missing.")
    try:
        claims = resources().tokens.verify(given["token"])
    except TokenError:
        return None
    return claims if isinstance(claims, MachineClaims) else None


def _described(claims: MachineClaims) -> dict[str, Any]:
    tokens = resources().tokens
    described: dict[str, Any] = {
        "active": True,
        "scope": " ".join(claims.scopes),
        "client_id": str(claims.client_id),
        "sub": str(claims.client_id),
        "org": str(claims.organization_id),
        "iss": tokens.issuer,
        "aud": tokens.audience,
        "exp": int(claims.expires_at.timestamp()),
        "jti": claims.jti,
        "token_type": "Bearer",
    }
    if claims.certificate:
        described["cnf"] = {"x5t#S256": claims.certificate}
    return described
