"""Coming in and going out: register, log in, renew, log out."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from api import limits
from api.blueprint import Blueprint
from api.manners import read_body
from api.principal import person
from api.resources import resources
from api.schemas.auth import (
    AcceptanceSchema,
    LoginSchema,
    LoginTokensSchema,
    RefreshSchema,
    RegistrationSchema,
    SwitchSchema,
    TokensSchema,
)
from security.tokens import Claims
from services import accounts, invitations, refresh_tokens
from services.accounts import Registered
from services.errors import Unauthenticated

blueprint = Blueprint(
    "auth", __name__, url_prefix="/api/v1/auth", description="Accounts and tokens"
)
blueprint.before_request(read_body)


@blueprint.open_route("/register", methods=["POST"])
@blueprint.arguments(RegistrationSchema)
@blueprint.response(201, TokensSchema)
def register(body: dict[str, str]) -> dict[str, object]:
    """Create a user and an organization that the user owns."""
    limits.spend(limits.REGISTRATIONS, limits.address())
    now = datetime.now(UTC)
    with resources().transaction() as session:
        return _tokens(session, accounts.register(session, **body, now=now), now)


@blueprint.open_route("/login", methods=["POST"])
@blueprint.arguments(LoginSchema)
@blueprint.response(200, LoginTokensSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def login(body: dict[str, Any]) -> dict[str, object]:
    """Exchange an email address and a password for tokens, and see where one belongs to."""
    limits.spend(limits.LOGINS_OF_ADDRESS, limits.address())
    limits.spend(limits.LOGINS_OF_ACCOUNT, limits.account(accounts.login_email(body["email"])))
    with resources().transaction() as session:
        registered = accounts.login(session, **body)
        tokens = _tokens(session, registered, datetime.now(UTC))
    # In a transaction of its own, since the one above sees one organization only.
    with resources().transaction() as session:
        return {**tokens, "organizations": accounts.memberships(session, registered.user.id)}


@blueprint.open_route("/accept-invitation", methods=["POST"])
@blueprint.arguments(AcceptanceSchema)
@blueprint.response(201, TokensSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def accept_invitation(body: dict[str, str]) -> dict[str, object]:
    """Become a member, with the password of one's account or, where there is none, a new one."""
    limits.spend(limits.LOGINS_OF_ADDRESS, limits.address())
    now = datetime.now(UTC)
    with resources().transaction() as session:
        return _tokens(session, invitations.accept(session, **body, now=now), now)


@blueprint.open_route("/switch", methods=["POST"])
@blueprint.arguments(SwitchSchema)
@blueprint.response(200, TokensSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def switch(body: dict[str, Any]) -> dict[str, object]:
    """Exchange the access token of a user for tokens of another of their organizations."""
    limits.spend(limits.RENEWALS, limits.address())
    user_id = person().user_id
    with resources().transaction() as session:
        registered = accounts.switch(session, user_id, body["organization_id"])
        return _tokens(session, registered, datetime.now(UTC))


@blueprint.open_route("/refresh", methods=["POST"])
@blueprint.arguments(RefreshSchema)
@blueprint.response(200, TokensSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def refresh(body: dict[str, str]) -> dict[str, object]:
    """Exchange a refresh token for the next pair; using one twice ends all that came from it."""
    limits.spend(limits.RENEWALS, limits.address())
    now = datetime.now(UTC)
    with resources().transaction() as session:
        renewal = refresh_tokens.rotate(
            session, body["refresh_token"], lifetime=_refresh_lifetime(), now=now
        )
    # Only after the commit: a refusal may have revoked what the token's family still had.
    if renewal is None:
        raise Unauthenticated("This refresh token is not valid any more. Log in again.")
    claims = Claims(user_id=renewal.user_id, organization_id=renewal.organization_id)
    return _pair(claims, renewal.refresh_token, now)


@blueprint.open_route("/logout", methods=["POST"])
@blueprint.arguments(RefreshSchema)
@blueprint.response(204)
def logout(body: dict[str, str]) -> None:
    """End a refresh token and all that came from the same login."""
    limits.spend(limits.RENEWALS, limits.address())
    with resources().transaction() as session:
        refresh_tokens.revoke(session, body["refresh_token"], now=datetime.now(UTC))


def _tokens(session: Session, registered: Registered, now: datetime) -> dict[str, object]:
    user, organization = registered.user, registered.organization
    refresh_token = refresh_tokens.issue(
        session, organization.id, user.id, lifetime=_refresh_lifetime(), now=now
    )
    claims = Claims(user_id=user.public_id, organization_id=organization.public_id)
    return _pair(claims, refresh_token, now)


def _pair(claims: Claims, refresh_token: str, now: datetime) -> dict[str, object]:
    tokens = resources().tokens
    return {
        "access_token": tokens.issue(claims, now=now),
        "token_type": "Bearer",
        "expires_in": int(tokens.lifetime.total_seconds()),
        "refresh_token": refresh_token,
    }


def _refresh_lifetime() -> timedelta:
    return timedelta(days=resources().settings.refresh_token_days)
