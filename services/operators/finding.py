"""Finds organizations and users by what a person who asks for help names."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from domain.plans.standing import Standing
from models import Membership, Organization, User
from models.session import act_for_nobody
from services.errors import NotFound

MOST = 50
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class FoundOrganization:
    id: uuid.UUID
    name: str
    standing: Standing
    created_at: datetime
    members: int


@dataclass(frozen=True, slots=True)
class FoundUser:
    id: uuid.UUID
    email: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """At most `MOST` of each."""

    organizations: Sequence[FoundOrganization] = ()
    users: Sequence[FoundUser] = field(default=())


def search(session: Session, text: str) -> Found:
    """Find by a public id, or by a part of a name or of an address; a single letter finds none."""
    words = text.strip()
    act_for_nobody(session)
    public_id = _as_id(words)
    if public_id is not None:
        return Found(
            _organizations(session, Organization.public_id == public_id),
            _users(session, User.public_id == public_id),
        )
    if len(words) < _SHORTEST:
        return Found()
    return Found(
        _organizations(session, Organization.name.icontains(words, autoescape=True)),
        _users(session, User.email.icontains(words, autoescape=True)),
    )


def organization_key(session: Session, public_id: uuid.UUID) -> int:
    """Return the key of an organization. Raise `NotFound` if there is none."""
    act_for_nobody(session)
    key = session.scalar(
        select(Organization.id).where(
            Organization.public_id == public_id, Organization.deleted_at.is_(None)
        )
    )
    if key is None:
        raise NotFound("organization")
    return key


def _as_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _organizations(session: Session, which: ColumnElement[bool]) -> list[FoundOrganization]:
    members = (
        select(func.count()).where(Membership.organization_id == Organization.id).scalar_subquery()
    )
    rows = session.execute(
        select(
            Organization.public_id,
            Organization.name,
            Organization.standing,
            Organization.created_at,
            members,
        )
        .where(which, Organization.deleted_at.is_(None))
        .order_by(func.lower(Organization.name), Organization.id)
        .limit(MOST)
    )
    return [FoundOrganization(*row) for row in rows]


def _users(session: Session, which: ColumnElement[bool]) -> list[FoundUser]:
    rows = session.execute(
        select(User.public_id, User.email, User.created_at)
        .where(which)
        .order_by(User.email)
        .limit(MOST)
    )
    return [FoundUser(*row) for row in rows]
