"""Sessions: where a person is logged in, and how that ends.

A session is there as long as its row is. Access tokens name it and refresh tokens are of its family,
so that both end with it, at once and in every organization.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models import UserSession
from services.errors import NotFound

MOST = 100
"""Sessions of one person; the one that was used least lately makes room."""

_LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session goes on: `unused` since its last renewal, and never longer than `total`."""

    unused: timedelta
    total: timedelta


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a login comes from: the address, and what the program calls itself."""

    address: str = ""
    agent: str = ""


def begin(
    session: Session, user_id: int, origin: Origin, *, lifetime: Lifetime, now: datetime
) -> UserSession:
    """Log somebody in."""
    _make_room(session, user_id)
    row = UserSession(
        public_id=uuid.uuid4(),
        user_id=user_id,
        address=origin.address,
        agent=origin.agent[:_LONGEST_AGENT],
        created_at=now,
        last_seen_at=now,
        expires_at=now + min(lifetime.unused, lifetime.total),
    )
    session.add(row)
    session.flush()
    return row


def see(
    session: Session, session_id: uuid.UUID, *, lifetime: Lifetime, now: datetime
) -> datetime | None:
    """Write down that a session goes on, and return until when; nothing if it has ended."""
    ends_at = func.least(now + lifetime.unused, UserSession.created_at + lifetime.total)
    return session.scalars(
        update(UserSession)
        .where(UserSession.public_id == session_id, UserSession.expires_at > now, ends_at > now)
        .values(last_seen_at=now, expires_at=ends_at)
        .returning(UserSession.expires_at)
        .execution_options(synchronize_session=False)
    ).one_or_none()


def of_user(session: Session, user_id: int) -> Sequence[UserSession]:
    """List the sessions of a person, the one that was used last first."""
    return session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id)
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
        .limit(MOST)
    ).all()


def end_own(session: Session, user_id: int, session_id: uuid.UUID) -> None:
    """End one session of a person; raises `NotFound` for that of somebody else."""
    ended = session.scalars(
        delete_rows(UserSession)
        .where(UserSession.user_id == user_id, UserSession.public_id == session_id)
        .returning(UserSession.id)
    ).one_or_none()
    if ended is None:
        raise NotFound("session")


def end(session: Session, session_id: uuid.UUID) -> None:
    """End a session, if there is one."""
    session.execute(delete_rows(UserSession).where(UserSession.public_id == session_id))


def end_all(session: Session, user_id: int, *, but: uuid.UUID | None = None) -> None:
    """End all sessions of a person, or all other than one."""
    query = delete_rows(UserSession).where(UserSession.user_id == user_id)
    if but is not None:
        query = query.where(UserSession.public_id != but)
    session.execute(query)


def purge(session: Session, *, now: datetime) -> None:
    """Delete sessions that nobody can go on with."""
    session.execute(delete_rows(UserSession).where(UserSession.expires_at < now))


def _make_room(session: Session, user_id: int) -> None:
    too_old = (
        select(UserSession.id)
        .where(UserSession.user_id == user_id)
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
        .offset(MOST - 1)
    )
    session.execute(
        delete_rows(UserSession)
        .where(UserSession.id.in_(too_old))
        .execution_options(synchronize_session=False)
    )
