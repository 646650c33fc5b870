"""What a policy judges of a request: the session, the membership, and the factors of the account."""

from sqlalchemy import exists

from domain.organization_policy import LoginWay, Visit
from domain.permissions import Role
from models import Membership, Passkey, SecondFactor, UserSession

_HAS_CODES = (
    exists()
    .where(SecondFactor.user_id == UserSession.user_id, SecondFactor.confirmed_at.is_not(None))
    .label("has_codes")
)

_HAS_PASSKEY = exists().where(Passkey.user_id == UserSession.user_id).label("has_passkey")
HAS = (_HAS_CODES, _HAS_PASSKEY)
"""Which factors the user of a session has, as columns of a query."""


def of(used: UserSession, membership: Membership, *, has_codes: bool, has_passkey: bool) -> Visit:
    """Return the visit of a session. The caller adds the address of the request."""
    is_by_provider = used.way is LoginWay.SSO
    return Visit(
        began_at=used.created_at,
        last_seen_at=used.last_seen_at,
        joined_at=membership.created_at,
        way=used.way,
        has_factor=has_codes or has_passkey,
        has_passkey=has_passkey,
        is_foreign=is_by_provider and used.sso_organization_id != membership.organization_id,
        is_owner=membership.role is Role.OWNER,
    )
