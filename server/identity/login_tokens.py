"""The tokens of a new session, and the origin of its login."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from models.session import database_now
from security.jwt.tokens import Claims
from server.identity.clients import origin
from server.identity.lifetimes import login_lifetime
from server.identity.proofs import prove_factor
from server.resources import resources
from services.accounts import refresh_tokens
from services.accounts import sessions as user_sessions
from services.accounts.accounts import Registered
from services.accounts.login import enforcement, factors
from services.accounts.login.factors import Factor
from services.errors import Unauthenticated
from services.policies import policies


def begin(
    session: Session, registered: Registered, now: datetime, factor: Factor = factors.NONE
) -> dict[str, object]:
    """Begin a session and return its first tokens.

    The factor is required if a second factor is enabled.
    """
    prove_factor(session, registered, factor, now)
    user, organization = registered.user, registered.organization
    enforcement.admit(session, user, organization, registered.way, now=now)
    lifetime = login_lifetime().within(policies.of(session, organization.id))
    begun = user_sessions.begin(
        session, user.id, origin(registered.way), lifetime=lifetime, now=now
    )
    refresh_token = refresh_tokens.issue(session, organization.id, begun)
    claims = Claims(
        user_id=user.public_id, organization_id=organization.public_id, session_id=begun.public_id
    )
    return _pair(claims, refresh_token, now)


def renewed(refresh_token: str, organization_id: uuid.UUID | None = None) -> dict[str, object]:
    """Use up a refresh token, and return the next pair, for its organization or another one."""
    with resources().transaction() as session:
        now = database_now(session)
        renewal = refresh_tokens.rotate(
            session,
            refresh_token,
            lifetime=login_lifetime(),
            now=now,
            organization_id=organization_id,
        )
    # Only after the commit, because a refusal may have ended the session.
    if renewal is None:
        raise Unauthenticated("This refresh token is no longer valid. Log in again.")
    claims = Claims(
        user_id=renewal.user_id,
        organization_id=renewal.organization_id,
        session_id=renewal.session_id,
    )
    return _pair(claims, renewal.refresh_token, now)


def _pair(claims: Claims, refresh_token: str, now: datetime) -> dict[str, object]:
    tokens = resources().tokens
    return {
        "access_token": tokens.issue(claims, now=now),
        "token_type": "Bearer",
        "expires_in": int(tokens.lifetime.total_seconds()),
        "refresh_token": refresh_token,
    }
