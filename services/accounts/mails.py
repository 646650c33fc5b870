"""The outbox of account mails, written in the transaction that causes them.

They are sent like deliveries: claimed under a lease, sent with no transaction open, and marked. If
the process dies in between, the mail is sent again under the same key.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, insert, or_, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent, AccountMailContent
from domain.relay.retry import GIVE_UP_AFTER, next_attempt
from models import AccountMail, Organization, User
from security.links import Links
from services.accounts import mail_content
from services.outbox import recipients as outbox_recipients

LEASE = timedelta(seconds=60)
"""Longer than the timeout of the mail server."""
KEPT = timedelta(days=7)

_ERROR_LENGTH = 500


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail that only the caller may send until its lease ends."""

    id: int
    attempt: int
    content: AccountMailContent


def record(
    session: Session,
    event: AccountEvent,
    address: str,
    *,
    now: datetime,
    request_id: uuid.UUID | None = None,
    facts: Mapping[str, str] | None = None,
) -> None:
    """Write an account mail; `facts` are texts by their label."""
    # Without the unit of work: the API may write these rows and read none of their columns.
    session.execute(
        insert(AccountMail).values(
            public_id=uuid.uuid4(),
            event=event,
            address=address,
            request_id=request_id,
            facts=dict(facts or {}),
            created_at=now,
            next_attempt_at=now,
        )
    )


def claim(session: Session, *, links: Links, now: datetime) -> ClaimedMail | None:
    """Claim the mail that has waited longest; mails that are no longer needed are finished."""
    query = (
        select(AccountMail)
        .where(_due(now))
        .order_by(AccountMail.next_attempt_at, AccountMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    while (mail := session.scalars(query).one_or_none()) is not None:
        content = mail_content.content_of(session, mail, links=links, now=now)
        if content is not None and now < mail.created_at + GIVE_UP_AFTER:
            mail.attempt += 1
            mail.lease_until = now + LEASE
            session.flush()
            return ClaimedMail(mail.id, mail.attempt, content)
        _finish(mail, now)
        session.flush()
    return None


def mark_sent(session: Session, claimed: ClaimedMail, *, now: datetime) -> None:
    """Record that the mail was accepted; does nothing if another attempt has it."""
    mail = _in_hand(session, claimed)
    if mail is not None:
        mail.sent_at = now
        _finish(mail, now)


def mark_failed(
    session: Session,
    claimed: ClaimedMail,
    error: str,
    *,
    is_final: bool,
    now: datetime,
    chance: float,
) -> None:
    """Record why the mail was refused, and when to retry it, if at all."""
    mail = _in_hand(session, claimed)
    if mail is None:
        return
    mail.last_error = error[:_ERROR_LENGTH]
    mail.lease_until = None
    again = next_attempt(attempt=mail.attempt, since=mail.created_at, now=now, chance=chance)
    if is_final or again is None:
        _finish(mail, now)
    else:
        mail.next_attempt_at = again


def purge(session: Session, *, now: datetime) -> None:
    """Delete mails after a week."""
    session.execute(delete_rows(AccountMail).where(AccountMail.created_at < now - KEPT))


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(
        AccountMail.finished_at.is_(None),
        AccountMail.next_attempt_at <= now,
        or_(AccountMail.lease_until.is_(None), AccountMail.lease_until <= now),
    )


def _finish(mail: AccountMail, now: datetime) -> None:
    mail.finished_at = now
    mail.lease_until = None
    mail.facts = {}


def _in_hand(session: Session, claimed: ClaimedMail) -> AccountMail | None:
    """Return the mail if the claim still holds and no later claim was made."""
    query = (
        select(AccountMail)
        .where(
            AccountMail.id == claimed.id,
            AccountMail.attempt == claimed.attempt,
            AccountMail.finished_at.is_(None),
        )
        .with_for_update()
    )
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def notify_owners_of_machine(
    session: Session, organization_id: int, *, what: str, name: str, maker_id: int, now: datetime
) -> None:
    """Notify each owner what was created, its name and its creator; never the secret itself."""
    facts = {
        "Organization": session.get_one(Organization, organization_id).name,
        what: name,
        "Made by": session.get_one(User, maker_id).email,
    }
    for owner in outbox_recipients.owners(session, organization_id):
        record(session, AccountEvent.MACHINE_MADE, owner.address, facts=facts, now=now)
