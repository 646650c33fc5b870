"""Messages that reached nobody: dead letters of an organization, and mails to an account."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models import AccountMail, Delivery
from models.delivery import OPEN, DeliveryState
from services.errors import Conflict, NotFound

MOST = 50
_CANCELLED = "An operator cancelled it."
_CANCELLABLE = (*OPEN, DeliveryState.DEAD)
_SENT_AGAIN = ("registration", "password_reset", "invitation", "email_allow", "email_confirm")
"""The mails whose content is looked up when they are sent. Of others the text is gone by then."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that waits or was given up; `address` is that of a person, or the host of a URL."""

    id: uuid.UUID
    event: str
    kind: str
    address: str
    state: DeliveryState
    attempt: int
    last_error: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MailSeen:
    id: uuid.UUID
    event: str
    attempt: int
    last_error: str | None
    created_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None

    @property
    def can_be_sent_again(self) -> bool:
        return self.finished_at is not None and self.event in _SENT_AGAIN


def dead(session: Session, organization_id: int) -> Sequence[Letter]:
    """Return the latest dead letters of an organization, newest first."""
    rows = session.execute(
        select(
            Delivery.public_id,
            Delivery.event,
            Delivery.kind,
            Delivery.address,
            Delivery.state,
            Delivery.attempt,
            Delivery.last_error,
            Delivery.created_at,
        )
        .where(Delivery.organization_id == organization_id, Delivery.state == DeliveryState.DEAD)
        .order_by(Delivery.created_at.desc(), Delivery.public_id)
        .limit(MOST)
    )
    return [Letter(*row) for row in rows]


def cancel(session: Session, organization_id: int, delivery_id: uuid.UUID) -> None:
    """Give up a message for good. Raise `Conflict` if it was sent, or is no longer to be sent."""
    # The table itself: the audit log would read columns that an operator may not.
    rows = Delivery.__table__
    changed = session.execute(
        update(rows)  # type: ignore[arg-type]  # a table, which the stubs call a clause
        .where(
            rows.c.organization_id == organization_id,
            rows.c.public_id == delivery_id,
            rows.c.state.in_(_CANCELLABLE),
        )
        .values(state=DeliveryState.CANCELLED, last_error=_CANCELLED)
        .returning(rows.c.id)
    ).scalar()
    if changed is not None:
        return
    known = select(Delivery.id).where(
        Delivery.organization_id == organization_id, Delivery.public_id == delivery_id
    )
    if session.scalar(known) is None:
        raise NotFound("delivery")
    raise Conflict("Only a message that waits or was given up can be cancelled.")


def mails(session: Session, address: str) -> Sequence[MailSeen]:
    """Return the mails of the last week to the address of an account, newest first."""
    rows = session.execute(
        select(
            AccountMail.public_id,
            AccountMail.event,
            AccountMail.attempt,
            AccountMail.last_error,
            AccountMail.created_at,
            AccountMail.sent_at,
            AccountMail.finished_at,
        )
        .where(func.lower(AccountMail.address) == address.lower())
        .order_by(AccountMail.created_at.desc(), AccountMail.id.desc())
        .limit(MOST)
    )
    return [MailSeen(*row) for row in rows]


def send_mail_again(session: Session, address: str, mail_id: uuid.UUID, *, now: datetime) -> None:
    """Send a mail with a link again, as long as the link works.

    Raise `Conflict` for a mail that still waits, and for one whose text is no longer there.
    """
    row = session.execute(
        select(AccountMail.id, AccountMail.event, AccountMail.finished_at)
        .where(AccountMail.public_id == mail_id, func.lower(AccountMail.address) == address.lower())
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("mail")
    if row.finished_at is None:
        raise Conflict("This mail is still being sent.")
    if row.event not in _SENT_AGAIN:
        raise Conflict("The text of this mail is no longer there. Only a mail with a link is.")
    # As if it were new: it is tried for a day again.
    session.execute(
        update(AccountMail)
        .where(AccountMail.id == row.id)
        .values(attempt=0, created_at=now, next_attempt_at=now, finished_at=None)
        .execution_options(synchronize_session=False)
    )
