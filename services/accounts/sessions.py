"""Sessions: the logins of a user, and how they end.

A session exists as long as its row. Access tokens name it and refresh tokens belong to its family,
so both end with it, at once and in every organization.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.organization_policy import LoginWay, Policy
from models import UserSession
from services.errors import NotFound

RENEWED_AFTER = timedelta(minutes=5)
"""A session in use is written at most this often, so that a request rarely writes."""

MOST = 100
"""The most sessions of one user; a new one replaces the least recently used."""

_LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The lifetime of a session: `unused` since its last renewal, and at most `total`."""

    unused: timedelta
    total: timedelta

    def within(self, policy: Policy) -> "Lifetime":
        """Return the shorter one of this lifetime and that of a policy, by each of both limits."""
        return Lifetime(unused=min(self.unused, policy.idle), total=min(self.total, policy.total))


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a login: the address, the user agent, and the way of the login."""

    address: str = ""
    agent: str = ""
    way: LoginWay = LoginWay.PASSWORD
    sso_identity_id: int | None = None
    sso_organization_id: int | None = None
    sso_sid: str | None = None


def begin(
    session: Session, user_id: int, origin: Origin, *, lifetime: Lifetime, now: datetime
) -> UserSession:
    """Create a session."""
    _make_room(session, user_id)
    row = UserSession(
        public_id=uuid.uuid4(),
        user_id=user_id,
        address=origin.address,
        agent=origin.agent[:_LONGEST_AGENT],
        created_at=now,
        last_seen_at=now,
        expires_at=now + min(lifetime.unused, lifetime.total),
        proven_at=now,
        way=origin.way,
        sso_identity_id=origin.sso_identity_id,
        sso_organization_id=origin.sso_organization_id,
        sso_sid=origin.sso_sid,
    )
    session.add(row)
    session.flush()
    return row


def see(
    session: Session, session_id: uuid.UUID, *, lifetime: Lifetime, now: datetime
) -> datetime | None:
    """Record that a session is in use and return its new end, or None if it has ended."""
    ends_at = func.least(now + lifetime.unused, UserSession.created_at + lifetime.total)
    unused_until = UserSession.last_seen_at + lifetime.unused
    return session.scalars(
        update(UserSession)
        .where(
            UserSession.public_id == session_id,
            UserSession.expires_at > now,
            ends_at > now,
            unused_until > now,
        )
        .values(last_seen_at=now, expires_at=ends_at)
        .returning(UserSession.expires_at)
        .execution_options(synchronize_session=False)
    ).one_or_none()


def note_use(session: Session, used: UserSession, *, lifetime: Lifetime, now: datetime) -> None:
    """Record the use of a session, to a few minutes."""
    if now - used.last_seen_at >= RENEWED_AFTER:
        see(session, used.public_id, lifetime=lifetime, now=now)


def of_id(session: Session, session_id: uuid.UUID) -> UserSession:
    """Return a session that exists."""
    return session.scalars(select(UserSession).where(UserSession.public_id == session_id)).one()


def of_user(session: Session, user_id: int) -> Sequence[UserSession]:
    """List the sessions of a user, most recently used first."""
    return session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id)
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
        .limit(MOST)
    ).all()


def end_own(session: Session, user_id: int, session_id: uuid.UUID) -> None:
    """End one session of a user. Raise `NotFound` for a session of another user."""
    ended = session.scalars(
        delete_rows(UserSession)
        .where(UserSession.user_id == user_id, UserSession.public_id == session_id)
        .returning(UserSession.id)
    ).one_or_none()
    if ended is None:
        raise NotFound("session")


def end(session: Session, session_id: uuid.UUID) -> None:
    """End a session, if it exists."""
    session.execute(delete_rows(UserSession).where(UserSession.public_id == session_id))


def end_all(session: Session, user_id: int, *, but: uuid.UUID | None = None) -> None:
    """End all sessions of a user, except `but` if given."""
    query = delete_rows(UserSession).where(UserSession.user_id == user_id)
    if but is not None:
        query = query.where(UserSession.public_id != but)
    session.execute(query)


def purge(session: Session, *, now: datetime) -> None:
    """Delete expired sessions."""
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
