"""What an operator sees of an organization and of a user: who they are, and how their messages fare."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.login.history import LoginOutcome
from domain.organization_policy import LoginWay
from domain.permissions import Role
from models import (
    Delivery,
    Login,
    Membership,
    Organization,
    Suspension,
    User,
)
from models.delivery import DeliveryState
from models.session import act_for, act_for_nobody
from services.errors import NotFound
from services.operators import finding
from services.operators.operators import HAS_FACTOR

MOST_MEMBERS = 200
_MOST_LOGINS = 20
COUNTED = timedelta(days=7)

_HAS_FACTOR = HAS_FACTOR.label("has_factor")
_LAST_LOGIN = (
    select(func.max(Login.created_at))
    .where(Login.user_id == User.id, Login.outcome == LoginOutcome.SUCCEEDED)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class MemberSeen:
    id: uuid.UUID
    email: str
    role: Role
    has_factor: bool
    last_login_at: datetime | None


@dataclass(frozen=True, slots=True)
class SuspensionSeen:
    reason: str
    suspended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationSeen:
    """`deliveries` counts those of the last seven days, by their state."""

    key: int
    organization: Organization
    members: Sequence[MemberSeen]
    member_count: int
    deliveries: Mapping[DeliveryState, int]
    suspension: SuspensionSeen | None


@dataclass(frozen=True, slots=True)
class MembershipSeen:
    organization_id: uuid.UUID
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class LoginSeen:
    created_at: datetime
    way: LoginWay
    program: str
    network: str
    outcome: LoginOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSeen:
    key: int
    id: uuid.UUID
    email: str
    created_at: datetime
    has_factor: bool
    memberships: Sequence[MembershipSeen]
    logins: Sequence[LoginSeen]


def organization(session: Session, public_id: uuid.UUID, *, now: datetime) -> OrganizationSeen:
    """Return what there is to see of an organization, and act for it. Raise `NotFound` for none."""
    key = finding.organization_key(session, public_id)
    act_for(session, key)
    of_this = Membership.organization_id == key
    members = session.execute(
        select(User.public_id, User.email, Membership.role, _HAS_FACTOR, _LAST_LOGIN)
        .join(Membership, Membership.user_id == User.id)
        .where(of_this)
        .order_by(User.email)
        .limit(MOST_MEMBERS)
    )
    return OrganizationSeen(
        key=key,
        organization=session.get_one(Organization, key, populate_existing=True),
        members=[MemberSeen(*row) for row in members],
        member_count=session.scalars(
            select(func.count()).select_from(Membership).where(of_this)
        ).one(),
        deliveries=_by_state(session, key, now - COUNTED),
        suspension=_suspension(session, key),
    )


def user(session: Session, public_id: uuid.UUID) -> UserSeen:
    """Return what there is to see of a user. Raise `NotFound` if there is none."""
    act_for_nobody(session)
    row = session.execute(
        select(User.id, User.public_id, User.email, User.created_at, _HAS_FACTOR).where(
            User.public_id == public_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("user")
    memberships = session.execute(
        select(Organization.public_id, Organization.name, Membership.role)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == row.id)
        .order_by(Membership.id)
    )
    logins = session.execute(
        select(Login.created_at, Login.way, Login.program, Login.network, Login.outcome)
        .where(Login.user_id == row.id)
        .order_by(Login.created_at.desc(), Login.public_id)
        .limit(_MOST_LOGINS)
    )
    return UserSeen(
        key=row.id,
        id=row.public_id,
        email=row.email,
        created_at=row.created_at,
        has_factor=row.has_factor,
        memberships=[MembershipSeen(*each) for each in memberships],
        logins=[LoginSeen(*each) for each in logins],
    )


def organizations_of(session: Session, user_key: int) -> Sequence[int]:
    """Return the keys of a user's organizations, whose audit logs tell what happens to the user."""
    act_for_nobody(session)
    return session.scalars(
        select(Membership.organization_id).where(Membership.user_id == user_key)
    ).all()


def _by_state(session: Session, key: int, since: datetime) -> Mapping[DeliveryState, int]:
    rows = session.execute(
        select(Delivery.state, func.count())
        .where(Delivery.organization_id == key, Delivery.created_at >= since)
        .group_by(Delivery.state)
        .order_by(Delivery.state)
    )
    return dict(rows.all())


def _suspension(session: Session, key: int) -> SuspensionSeen | None:
    row = session.execute(
        select(Suspension.reason, Suspension.suspended_at).where(Suspension.organization_id == key)
    ).one_or_none()
    return None if row is None else SuspensionSeen(*row)
