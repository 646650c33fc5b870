"""What a policy judges of a request: the session, the membership, and the factors of the account."""

from datetime import datetime

from sqlalchemy import exists

from domain.organization_policy import Visit
from models import Passkey, SecondFactor, UserSession

_HAS_CODES = (
    exists()
    .where(SecondFactor.user_id == UserSession.user_id, SecondFactor.confirmed_at.is_not(None))
    .label("has_codes")
)

_HAS_PASSKEY = exists().where(Passkey.user_id == UserSession.user_id).label("has_passkey")
HAS = (_HAS_CODES, _HAS_PASSKEY)
"""Which factors the user of a session has, as columns of a query."""


def of(used: UserSession, *, joined_at: datetime, has_codes: bool, has_passkey: bool) -> Visit:
    """Return the visit of a session. The caller adds the address of the request."""
    return Visit(
        began_at=used.created_at,
        last_seen_at=used.last_seen_at,
        joined_at=joined_at,
        way=used.way,
        has_factor=has_codes or has_passkey,
        has_passkey=has_passkey,
    )
