"""The unsubscribe link in a mail, which works with one click."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import Channel, Organization
from security.links import Subject
from services.contacts import acts_of_readers, channel_health, opt_in
from services.contacts.opt_in import Question
from services.errors import NotFound
from services.outbox import rate_limits

REASON = "Unsubscribed."


def find(session: Session, subject: Subject) -> Question:
    """Return the channel of the link, even if it was deleted since; changes nothing."""
    row = session.execute(
        select(Channel, Organization.name)
        .join(Organization, Organization.id == Channel.organization_id)
        .where(Organization.public_id == subject.organization_id, Channel.public_id == subject.id)
    ).one_or_none()
    if row is None:
        raise NotFound("channel")
    return Question(row.Channel, row.name)


def accept(session: Session, subject: Subject, *, now: datetime) -> Question:
    """Disable the address until somebody enables it and its reader agrees again.

    Nobody is notified: the owners see it in the channel.
    """
    question = find(session, subject)
    acts_of_readers.declare(session, question.channel)
    channel = question.channel
    rate_limits.lock(session, channel.organization_id, channel.kind, channel.address)
    _end(session, channel, now)
    # A channel added concurrently may copy the consent. So this runs a second time under the lock
    # of `opt_in.lock_address`. The lock cannot come first: `ask_again` locks a channel before it.
    opt_in.lock_address(session, channel)
    _end(session, channel, now)
    session.refresh(channel)
    return question


def _end(session: Session, channel: Channel, now: datetime) -> None:
    place = (channel.organization_id, channel.kind, channel.address)
    channel_health.silence(session, *place, reason=REASON, now=now)
    # Also channels that were disabled before: enabling them must ask again.
    session.execute(
        update(Channel)
        .where(
            channel.shares_address(),
        )
        .values(confirmed_at=None, disabled_reason=REASON)
    )
