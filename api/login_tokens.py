"""The tokens that somebody gets who comes in, and where they come in from."""

import uuid
from datetime import datetime, timedelta

from flask import request
from sqlalchemy.orm import Session

from api.clients import client_address
from api.resources import resources
from security.tokens import Claims
from services import refresh_tokens, second_factors, user_sessions
from services.accounts import Registered
from services.user_sessions import Origin


def begin(
    session: Session, registered: Registered, now: datetime, code: str = ""
) -> dict[str, object]:
    """Begin a session, and return its first tokens; whoever has a second factor shows it here."""
    second_factors.require(session, registered.user, code, ring=resources().ring, now=now)
    address = client_address()
    origin = Origin("" if address is None else str(address), request.user_agent.string)
    session_id = user_sessions.begin(
        session, registered.user.id, origin, lifetime=lifetime(), now=now
    )
    return go_on(session, registered, session_id, now)


def go_on(
    session: Session, registered: Registered, session_id: uuid.UUID, now: datetime
) -> dict[str, object]:
    """Return tokens of a session for one organization."""
    user, organization = registered.user, registered.organization
    refresh_token = refresh_tokens.issue(
        session, organization.id, user.id, session_id, lifetime=lifetime(), now=now
    )
    claims = Claims(
        user_id=user.public_id, organization_id=organization.public_id, session_id=session_id
    )
    return pair(claims, refresh_token, now)


def pair(claims: Claims, refresh_token: str, now: datetime) -> dict[str, object]:
    tokens = resources().tokens
    return {
        "access_token": tokens.issue(claims, now=now),
        "token_type": "Bearer",
        "expires_in": int(tokens.lifetime.total_seconds()),
        "refresh_token": refresh_token,
    }


def lifetime() -> timedelta:
    """Return for how long a session goes on that nobody uses."""
    return timedelta(days=resources().settings.refresh_token_days)
