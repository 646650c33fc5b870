"""Double opt-in: a person's address receives one question, and nothing else before the answer.

The opt-in is for one organization and address. The questions to one address are limited, so that
nobody can use this service to harass somebody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.mailbox import mailbox_of
from models import Channel, Delivery, Organization
from security.links import Subject
from services import locks
from services.after_commit import hints
from services.contacts import acts_of_readers, addresses, channel_settings
from services.errors import Conflict, NotFound, TooMany
from services.locks import Lock
from services.outbox import deliveries
from services.outbox.recipients import Destination

HOURLY_BY_CHANNEL = 3
DAILY_BY_ADDRESS = 20
"""The limit for one address, by all organizations together.

It also limits the questions of one organization to one mailbox, ignoring tags.
"""
DAILY_BY_ORGANIZATION = 1000

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Question:
    """The question of a link: whether a channel may receive messages of an organization."""

    channel: Channel
    organization_name: str


def begin(session: Session, channels: Iterable[Channel], *, now: datetime) -> None:
    """Ask for the opt-in of these new channels, if they are personal and did not agree yet.

    If a limit is reached, nothing is sent and `confirmation_sent_at` stays empty.
    """
    # In one order, so that concurrent calls cannot deadlock.
    for channel in sorted(channels, key=lambda each: (each.kind, mailbox_of(each.address))):
        if not channel_settings.needs_confirmation(channel.kind):
            channel.confirmed_at = now
            continue
        lock_address(session, channel)
        if _agreed(session, channel):
            channel.confirmed_at = now
        elif _wait(session, channel, now=now) is None:
            _ask(session, channel, now=now)
    session.flush()


def ask_again(session: Session, channel: Channel, *, now: datetime) -> None:
    """Send the question again. Raise `Conflict` if none is needed, and `TooMany` at a limit."""
    if channel.confirmed_at is not None:
        raise Conflict("This channel is already confirmed.")
    if channel.disabled_at is not None:
        raise Conflict("This channel is disabled. Enable it first.")
    lock_address(session, channel)
    wait = _wait(session, channel, now=now)
    if wait is not None:
        raise TooMany(
            "This address has received enough confirmation requests for now. Ask again later.",
            retry_after=wait,
        )
    _ask(session, channel, now=now)
    session.flush()


def lock_address(session: Session, channel: Channel) -> None:
    """Serialize the questions to the channel's mailbox or phone number until the commit.

    This also keeps others from copying its consent while its reader unsubscribes.
    """
    key = f"{channel.kind}/{mailbox_of(channel.address)}"
    locks.take(session, Lock.OPT_IN, key)


def find(session: Session, subject: Subject) -> Question:
    """Return the question of a link. Changes nothing, because mail scanners follow links too."""
    row = session.execute(
        select(Channel, Organization.name)
        .join(Organization, Organization.id == Channel.organization_id)
        .where(
            Organization.public_id == subject.organization_id,
            Channel.public_id == subject.id,
            Channel.deleted_at.is_(None),
            Channel.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise NotFound("channel")
    return Question(row.Channel, row.name)


def accept(session: Session, subject: Subject, *, now: datetime) -> Question:
    """Record the consent of the reader; repeating this changes nothing."""
    question = find(session, subject)
    acts_of_readers.declare(session, question.channel)
    confirm(session, question.channel, now=now)
    return question


def confirm(session: Session, channel: Channel, *, now: datetime) -> None:
    """Confirm this channel and all others of the organization with the same address."""
    session.execute(
        update(Channel)
        .where(
            channel.shares_address(),
            Channel.confirmed_at.is_(None),
            Channel.disabled_at.is_(None),
            Channel.deleted_at.is_(None),
        )
        .values(confirmed_at=now)
    )
    hints.note(session, channel.organization_id, "contacts")
    session.refresh(channel)


def _agreed(session: Session, channel: Channel) -> bool:
    """Return whether the same address agreed for another channel of the organization."""
    return session.scalars(
        select(
            exists().where(
                channel.shares_address(),
                Channel.is_usable(),
            )
        )
    ).one()


def _ask(session: Session, channel: Channel, *, now: datetime) -> None:
    channel.confirmation_sent_at = now
    deliveries.record(
        session,
        organization_id=channel.organization_id,
        dedup_key=f"channel/{channel.id}/confirm/{now.timestamp():.6f}",
        event=AlertEvent.CONFIRM,
        channels=[Destination(channel.kind, channel.address, channel.id)],
        now=now,
    )


def _wait(session: Session, channel: Channel, *, now: datetime) -> timedelta | None:
    """Return how long nobody may ask, or None. The caller has called `lock_address`."""
    address = (channel.kind, channel.address.lower())
    here = Delivery.organization_id == channel.organization_id
    asked = and_(here, Delivery.kind == address[0])
    there = and_(asked, func.lower(Delivery.address) == address[1])
    mailbox = and_(asked, addresses.mailbox(Delivery.address) == mailbox_of(channel.address))
    ends = [
        _end_of_rest(session, there, HOURLY_BY_CHANNEL, _HOUR, now),
        _end_of_rest(session, mailbox, DAILY_BY_ADDRESS, _DAY, now),
        _end_of_rest_of_address(session, *address, now=now),
        _end_of_rest(session, here, DAILY_BY_ORGANIZATION, _DAY, now),
    ]
    return max((end - now for end in ends if end is not None), default=None)


def _end_of_rest(
    session: Session, where: ColumnElement[bool], most: int, within: timedelta, now: datetime
) -> datetime | None:
    """Return when the questions fall below `most` again, or None if they are below it now."""
    asked_at = session.scalars(
        select(Delivery.created_at)
        .where(
            where,
            Delivery.event == AlertEvent.CONFIRM,
            Delivery.created_at > now - within,
        )
        .order_by(Delivery.created_at.desc())
        .offset(most - 1)
        .limit(1)
    ).one_or_none()
    return None if asked_at is None else asked_at + within


def _end_of_rest_of_address(
    session: Session, kind: str, address: str, *, now: datetime
) -> datetime | None:
    """Count the questions of all organizations; this organization sees only the resulting time."""
    asked_at: datetime | None = session.scalar(
        select(func.confirmation_asked_at(kind, address, now - _DAY, DAILY_BY_ADDRESS))
    )
    return None if asked_at is None else asked_at + _DAY
