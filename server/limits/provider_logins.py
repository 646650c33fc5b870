"""Logins by an identity provider, from the address to the session, and the logouts that it sends.

The provider is asked while no transaction is open. So an answer is used up in a transaction of its
own first, and the connection is read again afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from models.session import database_now
from security.oidc import id_tokens, provider
from security.oidc.errors import OidcError
from security.oidc.id_tokens import Expected
from security.oidc.provider import Client
from server.identity.browser_login import BrowserLogin
from server.limits import login_attempts, rate_limits
from server.limits.login_attempts import LoginStep
from server.resources import resources
from services.audit import acts
from services.errors import NotFound, Unauthenticated
from services.sso import logins
from services.sso.identities import SsoRefused
from services.sso.logins import Begun

log = structlog.get_logger(__name__)

_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Forwarding:
    """Where the browser goes on, and the secret that it keeps until the answer."""

    url: str = field(repr=False)
    browser: str = field(repr=False)


def begin(email: str) -> Forwarding | None:
    """Begin a login of an address; None if no organization has a provider for its domain."""
    rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, rate_limits.address())
    these = resources()
    with these.transaction() as session:
        connection = logins.route(session, email)
        if connection is None:
            return None
        client = logins.client(
            session, connection, ring=these.ring, public_url=these.settings.public_url
        )
        begun = logins.begin(session, connection, now=database_now(session))
    try:
        metadata = provider.discover(these.egress, client.issuer)
    except OidcError as error:
        raise _refused(error) from error
    url = provider.authorization_url(
        metadata,
        client,
        state=begun.state,
        nonce=begun.nonce,
        verifier=begun.verifier,
        hint=email,
    )
    return Forwarding(url, begun.browser)


def complete(
    connection_id: UUID, answer: Mapping[str, str], *, browser: str, cookie: str
) -> BrowserLogin:
    """Begin a session by the answer of a provider, or raise `Unauthenticated`.

    `browser` is the secret of `Forwarding`, and `cookie` the name of the browser in the history.
    """
    rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, rate_limits.address())
    try:
        client, begun = _used_up(connection_id, answer, browser)
        claims = _claims(client, begun, answer)
        way = login_attempts.by_provider(connection_id, client, claims)
        login = login_attempts.begin_browser_session(way, cookie=cookie)
    except (OidcError, SsoRefused) as error:
        raise _refused(error) from error
    if isinstance(login, LoginStep):
        raise Unauthenticated("Log in again.")
    return login


def log_out(connection_id: UUID, logout_token: str) -> int:
    """End the sessions that a logout token names; return how many. Raise `OidcError`."""
    rate_limits.spend(rate_limits.RENEWALS, rate_limits.address())
    these = resources()
    with these.transaction() as session:
        connection = logins.of_id(session, connection_id)
        if connection is None:
            raise NotFound("connection")
        issuer, client_id, now = connection.issuer, connection.client_id, database_now(session)
    metadata = provider.discover(these.egress, issuer)
    keys = provider.keys(these.egress, metadata)
    expected = Expected(issuer=issuer, client_id=client_id, now=now)
    claims = id_tokens.verify_logout(logout_token, keys, expected)
    subject, sid = (claims.get(name) for name in ("sub", "sid"))
    with these.transaction() as session:
        connection = logins.of_id(session, connection_id)
        if connection is None or connection.issuer != issuer:
            raise NotFound("connection")
        acts.declare(session, connection.organization_id, acts.SYSTEM)
        acts.aim(session, "sso_connection", connection.public_id, connection.name)
        acts.wrote(session)
        return logins.log_out(
            session,
            connection,
            subject=subject if isinstance(subject, str) else None,
            sid=sid if isinstance(sid, str) else None,
        )


def _used_up(connection_id: UUID, answer: Mapping[str, str], browser: str) -> tuple[Client, Begun]:
    these = resources()
    with these.transaction() as session:
        connection = logins.of_id(session, connection_id)
        if connection is None:
            raise SsoRefused("There is no such connection.")
        client = logins.client(
            session, connection, ring=these.ring, public_url=these.settings.public_url
        )
        state, now = answer.get("state", ""), database_now(session)
        begun = logins.answer(session, connection, state=state, browser=browser, now=now)
    return client, begun


def _claims(client: Client, begun: Begun, answer: Mapping[str, str]) -> id_tokens.Claims:
    """Exchange the code of an answer for verified claims."""
    egress = resources().egress
    code = answer.get("code", "")
    if not 1 <= len(code) <= _LONGEST:
        raise OidcError(f"The provider answered {answer.get('error', 'nothing')[:100]}.")
    metadata = provider.discover(egress, client.issuer)
    provider.check_sender(metadata, answer.get("iss"))
    tokens = provider.exchange(egress, metadata, client, code=code, verifier=begun.verifier)
    keys = provider.keys(egress, metadata)
    with resources().transaction() as session:
        now = database_now(session)
    expected = Expected(issuer=client.issuer, client_id=client.client_id, now=now)
    claims = id_tokens.verify(tokens["id_token"], keys, expected, nonce=begun.nonce)
    return provider.completed(egress, metadata, claims, tokens)


def _refused(error: OidcError | SsoRefused) -> Unauthenticated:
    """Log why, and tell the person no more than that it failed."""
    why = error.reason if isinstance(error, SsoRefused) else str(error)
    log.warning("sso_refused", why=why)
    return Unauthenticated("The identity provider did not prove who you are here.")
