"""Log in, refresh tokens, log out."""

from typing import Any

from api.request.blueprint import Blueprint
from api.schemas.auth import (
    LoginSchema,
    LoginTokensSchema,
    RefreshSchema,
    SwitchSchema,
    TokensSchema,
)
from api.schemas.passkeys import PasskeyLoginSchema, PasskeyOptionsSchema
from models.session import database_now
from server.identity import login_tokens
from server.identity.proofs import passkey_checks
from server.limits import login_attempts, rate_limits
from server.limits.login_attempts import Way
from server.request.lifecycle import read_body
from server.resources import resources
from services.accounts import accounts, refresh_tokens
from services.accounts.login import factors, passkeys
from services.accounts.login.factors import Factor

blueprint = Blueprint("auth", __name__, url_prefix="/api/v1/auth", description="Logins and tokens.")
blueprint.before_request(read_body)


@blueprint.open_route("/login", methods=["POST"])
@blueprint.arguments(LoginSchema)
@blueprint.response(200, LoginTokensSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def login(body: dict[str, Any]) -> dict[str, object]:
    """Log in with an email address and a password.

    The answer contains tokens and the organizations of the user.
    """
    factor = Factor(body.pop("code", ""), body.pop("passkey", None))
    return _begun(login_attempts.by_password(**body), factor)


@blueprint.open_route("/passkey/options", methods=["POST"])
@blueprint.response(200, PasskeyOptionsSchema)
def passkey_options() -> dict[str, object]:
    """Get the options by which a browser uses a passkey.

    The answer of the browser logs in without a password, or is the second factor of a login.
    """
    rate_limits.spend(rate_limits.RENEWALS, rate_limits.address())
    with resources().transaction() as session:
        now = database_now(session)
    return {"options": passkeys.request_options(passkey_checks(), now=now)}


@blueprint.open_route("/passkey", methods=["POST"])
@blueprint.arguments(PasskeyLoginSchema)
@blueprint.response(200, LoginTokensSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def login_by_passkey(body: dict[str, Any]) -> dict[str, object]:
    """Log in with a passkey, without a password."""
    return _begun(login_attempts.by_passkey(**body), factors.NONE)


def _begun(way: Way, factor: Factor) -> dict[str, object]:
    registered, tokens = login_attempts.begin_session(way, factor)
    # Use another transaction, because that of the login sees one organization only.
    with resources().transaction() as session:
        return {**tokens, "organizations": accounts.memberships(session, registered.user.id)}


@blueprint.open_route("/switch", methods=["POST"])
@blueprint.arguments(SwitchSchema)
@blueprint.response(200, TokensSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def switch(body: dict[str, Any]) -> dict[str, object]:
    """Exchange a refresh token for the next pair, for another organization of the user."""
    rate_limits.spend(rate_limits.RENEWALS, rate_limits.address())
    return login_tokens.renewed(body["refresh_token"], body["organization_id"])


@blueprint.open_route("/refresh", methods=["POST"])
@blueprint.arguments(RefreshSchema)
@blueprint.response(200, TokensSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def refresh(body: dict[str, str]) -> dict[str, object]:
    """Exchange a refresh token for the next pair.

    A second use of a refresh token ends the session.
    """
    rate_limits.spend(rate_limits.RENEWALS, rate_limits.address())
    return login_tokens.renewed(body["refresh_token"])


@blueprint.open_route("/logout", methods=["POST"])
@blueprint.arguments(RefreshSchema)
@blueprint.response(204)
def logout(body: dict[str, str]) -> None:
    """Log out: end the session of a refresh token."""
    rate_limits.spend(rate_limits.RENEWALS, rate_limits.address())
    with resources().transaction() as session:
        refresh_tokens.revoke(session, body["refresh_token"], now=database_now(session))
