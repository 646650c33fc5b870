"""Coming in and going out: log in, renew, log out."""

from typing import Any

from api import limits, login_attempts, login_tokens
from api.blueprint import Blueprint
from api.manners import read_body
from api.principal import person
from api.resources import resources
from api.schemas.auth import (
    LoginSchema,
    LoginTokensSchema,
    RefreshSchema,
    SwitchSchema,
    TokensSchema,
)
from models.session import database_now
from security.tokens import Claims
from services import accounts, refresh_tokens
from services.errors import Unauthenticated

blueprint = Blueprint(
    "auth", __name__, url_prefix="/api/v1/auth", description="Logging in and tokens"
)
blueprint.before_request(read_body)


@blueprint.open_route("/login", methods=["POST"])
@blueprint.arguments(LoginSchema)
@blueprint.response(200, LoginTokensSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def login(body: dict[str, Any]) -> dict[str, object]:
    """Exchange an email address and a password for tokens, and see where one belongs to."""
    code = body.pop("code", "")
    registered, tokens = login_attempts.begin_session(login_attempts.by_password(**body), code)
    # In another one, since that of the login sees one organization only.
    with resources().transaction() as session:
        return {**tokens, "organizations": accounts.memberships(session, registered.user.id)}


@blueprint.open_route("/switch", methods=["POST"])
@blueprint.arguments(SwitchSchema)
@blueprint.response(200, TokensSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def switch(body: dict[str, Any]) -> dict[str, object]:
    """Exchange the access token of a user for tokens of another of their organizations."""
    limits.spend(limits.RENEWALS, limits.address())
    who = person()
    with resources().transaction() as session:
        registered = accounts.switch(session, who.user_id, body["organization_id"], who.session_id)
        return login_tokens.go_on(session, registered, who.session_id, database_now(session))


@blueprint.open_route("/refresh", methods=["POST"])
@blueprint.arguments(RefreshSchema)
@blueprint.response(200, TokensSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def refresh(body: dict[str, str]) -> dict[str, object]:
    """Exchange a refresh token for the next pair; using one twice ends the session."""
    limits.spend(limits.RENEWALS, limits.address())
    with resources().transaction() as session:
        now = database_now(session)
        renewal = refresh_tokens.rotate(
            session, body["refresh_token"], lifetime=login_tokens.lifetime(), now=now
        )
    # Only after the commit: a refusal may have ended the session.
    if renewal is None:
        raise Unauthenticated("This refresh token is not valid any more. Log in again.")
    claims = Claims(
        user_id=renewal.user_id,
        organization_id=renewal.organization_id,
        session_id=renewal.session_id,
    )
    return login_tokens.pair(claims, renewal.refresh_token, now)


@blueprint.open_route("/logout", methods=["POST"])
@blueprint.arguments(RefreshSchema)
@blueprint.response(204)
def logout(body: dict[str, str]) -> None:
    """End the session that a refresh token is of."""
    limits.spend(limits.RENEWALS, limits.address())
    with resources().transaction() as session:
        refresh_tokens.revoke(session, body["refresh_token"], now=database_now(session))
