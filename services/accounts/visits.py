"""What a policy judges of a request: the session, the membership, and the factors of the account."""

from datetime import datetime

from sqlalchemy import exists

from domain.organization_policy import Visit
from models import SecondFactor, UserSession

HAS_CODES = (
    exists()
    .where(SecondFactor.user_id == UserSession.user_id, SecondFactor.confirmed_at.is_not(None))
    .label("has_codes")
)
"""Whether the user of a session has an authenticator app, as a column of a query."""


def of(used: UserSession, *, joined_at: datetime, has_codes: bool) -> Visit:
    """Return the visit of a session. The caller adds the address of the request."""
    return Visit(
        began_at=used.created_at,
        last_seen_at=used.last_seen_at,
        joined_at=joined_at,
        way=used.way,
        has_factor=has_codes,
        has_passkey=False,
    )
