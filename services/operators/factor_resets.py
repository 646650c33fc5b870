"""Removes a lost second factor, once two operators agree: one asks, another confirms within a day.

The owner of the account is mailed at both steps, so a reset that nobody asked for is noticed before
it happens.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, aliased

from domain.alerting.account_event import AccountEvent
from models import FactorReset, Passkey, RecoveryCode, SecondFactor, User, UserSession
from services.accounts import mails as account_mails
from services.errors import Conflict, Forbidden, NotFound
from services.operators.operators import Operator, reason_of
from services.operators.views import UserSeen

OPEN_FOR = timedelta(hours=24)

_TAKEN: Sequence[Any] = (SecondFactor, RecoveryCode, Passkey, UserSession)
_Asker = aliased(User)


@dataclass(frozen=True, slots=True)
class ResetSeen:
    """A reset that waits for a second operator."""

    id: uuid.UUID
    user_id: uuid.UUID
    email: str
    reason: str
    asked_by: str
    asked_at: datetime
    expires_at: datetime


def waiting(session: Session, *, now: datetime) -> Sequence[ResetSeen]:
    """Return the resets that wait for a second operator, oldest first."""
    rows = session.execute(
        select(
            FactorReset.public_id,
            User.public_id,
            User.email,
            FactorReset.reason,
            _Asker.email,
            FactorReset.asked_at,
            FactorReset.expires_at,
        )
        .join(User, User.id == FactorReset.user_id)
        .join(_Asker, _Asker.id == FactorReset.asked_by)
        .where(FactorReset.confirmed_at.is_(None), FactorReset.expires_at > now)
        .order_by(FactorReset.asked_at, FactorReset.id)
    )
    return [ResetSeen(*row) for row in rows]


def ask(
    session: Session, user: UserSeen, reason: str, by: Operator, *, now: datetime
) -> FactorReset:
    """Ask another operator to take the second factor from a user.

    Raise `Conflict` if the user has none, or if a reset already waits.
    """
    reason = reason_of(reason)
    if user.key == by.key:
        raise Forbidden("Ask two other operators to remove your own second factor.")
    if not user.has_factor:
        raise Conflict("This account has no second factor.")
    # Two who ask at once: the second one waits here for the first one's row.
    session.execute(
        delete(FactorReset)
        .where(FactorReset.user_id == user.key)
        .where((FactorReset.expires_at <= now) | FactorReset.confirmed_at.is_not(None))
        .execution_options(synchronize_session=False)
    )
    if session.scalar(select(exists().where(FactorReset.user_id == user.key))):
        raise Conflict("A reset of this account already waits for a second operator.")
    row = FactorReset(
        public_id=uuid.uuid4(),
        user_id=user.key,
        reason=reason,
        asked_by=by.key,
        asked_at=now,
        expires_at=now + OPEN_FOR,
    )
    session.add(row)
    session.flush()
    account_mails.record(session, AccountEvent.FACTOR_RESET_ASKED, user.email, now=now)
    return row


def confirm(session: Session, reset_id: uuid.UUID, by: Operator, *, now: datetime) -> ResetSeen:
    """Remove app, recovery codes and passkeys of the user, and end all of the user's sessions.

    Raise `Forbidden` for the operator who asked, and for the user.
    """
    row, seen = _locked(session, reset_id, now)
    if by.key in {row.asked_by, row.user_id}:
        raise Forbidden("Another operator has to confirm this.")
    row.confirmed_by, row.confirmed_at = by.key, now
    for table in _TAKEN:
        # The table itself: an operator may read no secret of what is deleted here.
        rows = table.__table__
        session.execute(delete(rows).where(rows.c.user_id == row.user_id))
    session.flush()
    account_mails.record(session, AccountEvent.FACTOR_RESET, seen.email, now=now)
    return seen


def refuse(session: Session, reset_id: uuid.UUID, *, now: datetime) -> ResetSeen:
    """Withdraw a reset that waits. Any operator may, also the one who asked."""
    row, seen = _locked(session, reset_id, now)
    session.delete(row)
    session.flush()
    return seen


def purge(session: Session, *, now: datetime) -> None:
    """Delete the resets whose day is over; the audit log tells of them."""
    session.execute(delete(FactorReset).where(FactorReset.expires_at < now))


def _locked(session: Session, reset_id: uuid.UUID, now: datetime) -> tuple[FactorReset, ResetSeen]:
    row = session.scalars(
        select(FactorReset)
        .where(
            FactorReset.public_id == reset_id,
            FactorReset.confirmed_at.is_(None),
            FactorReset.expires_at > now,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("reset")
    user = session.execute(select(User.public_id, User.email).where(User.id == row.user_id)).one()
    asker = session.scalars(select(User.email).where(User.id == row.asked_by)).one()
    return row, ResetSeen(
        row.public_id, user.public_id, user.email, row.reason, asker, row.asked_at, row.expires_at
    )
