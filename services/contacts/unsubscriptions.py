"""The link in a mail by which its reader hears no more from an organization, with one click."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import Channel, Organization
from security.links import Subject
from services.contacts import channel_health, opt_in
from services.contacts.opt_in import Question
from services.errors import NotFound
from services.outbox import rate_limits

REASON = "Unsubscribed."


def find(session: Session, subject: Subject) -> Question:
    """Look at what the link is about, also of a channel that was deleted since; changes nothing."""
    row = session.execute(
        select(Channel, Organization.name)
        .join(Organization, Organization.id == Channel.organization_id)
        .where(Organization.public_id == subject.organization_id, Channel.public_id == subject.id)
    ).one_or_none()
    if row is None:
        raise NotFound("channel")
    return Question(row.Channel, row.name)


def accept(session: Session, subject: Subject, *, now: datetime) -> Question:
    """Let nothing more go to the address, until it is enabled and its reader agrees again.

    Nobody is told: the owners see it at the channel.
    """
    question = find(session, subject)
    channel = question.channel
    rate_limits.lock(session, channel.organization_id, channel.kind, channel.address)
    _end(session, channel, now)
    # Who adds the address again just now takes it for one that agrees: so once more, when that is over.
    # Not before the first time: who asks again has a channel first and then the turn.
    opt_in.take_turn(session, channel)
    _end(session, channel, now)
    session.refresh(channel)
    return question


def _end(session: Session, channel: Channel, now: datetime) -> None:
    place = (channel.organization_id, channel.kind, channel.address)
    channel_health.silence(session, *place, reason=REASON, now=now)
    # Also what was disabled before: whoever enables it shall have to ask.
    session.execute(
        update(Channel)
        .where(
            channel.shares_address(),
        )
        .values(confirmed_at=None, disabled_reason=REASON)
    )
