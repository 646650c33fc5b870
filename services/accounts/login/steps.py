"""The time between the password and the code of a login, in a signed token.

The token names the user and is bound to the current password. So it ends with a new password, and
it allows nothing without the code of the second factor.
"""

import hashlib
import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.organization_policy import LoginWay
from models import Membership, Organization, OrganizationPolicy, User
from models.session import act_for
from security.links import LinkError, Links, Purpose, Subject
from services.accounts.accounts import Registered
from services.errors import Unauthenticated
from services.policies import policies

_OVER = "The login took too long. Log in again."


def token(links: Links, user: User, *, now: datetime) -> str:
    """Return the token of a user whose password was right. It is valid for five minutes."""
    subject = Subject(organization_id=_binding(user), id=user.public_id)
    return links.token(Purpose.LOGIN_STEP, subject, now=now)


def addressee(session: Session, links: Links, *, token: str, now: datetime) -> str | None:
    """Return the address of the account of a token, or None if the token is not valid."""
    user = _user(session, links, token, now)
    return None if user is None else user.email


def prove(session: Session, links: Links, *, token: str, now: datetime) -> Registered:
    """Return the account and the organization to act for, or raise `Unauthenticated`."""
    user = _user(session, links, token, now)
    if user is None:
        raise Unauthenticated(_OVER)
    return enter(session, user)


def enter(session: Session, user: User, way: LoginWay = LoginWay.PASSWORD) -> Registered:
    """Act for the oldest organization of a user who was proven, or raise `Unauthenticated`."""
    organization = session.scalars(
        select(Organization)
        .join(Membership, Membership.organization_id == Organization.id)
        .join(
            OrganizationPolicy, OrganizationPolicy.organization_id == Organization.id, isouter=True
        )
        .where(Membership.user_id == user.id)
        .order_by(policies.DEMANDS_SSO, Membership.id)
        .limit(1)
    ).one_or_none()
    if organization is None:
        raise Unauthenticated(_OVER)
    act_for(session, organization.id)
    return Registered(user, organization, way)


def _user(session: Session, links: Links, token: str, now: datetime) -> User | None:
    try:
        subject = links.read(Purpose.LOGIN_STEP, token, now=now)
    except LinkError:
        return None
    user = session.scalars(select(User).where(User.public_id == subject.id)).one_or_none()
    return user if user is not None and _binding(user) == subject.organization_id else None


def _binding(user: User) -> uuid.UUID:
    return uuid.UUID(bytes=hashlib.sha256(user.password_hash.encode()).digest()[:16])
