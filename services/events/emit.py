"""Events for integrators: written in the transaction of the change, posted by the outbox.

They report every change: quiet hours and suppression apply only to people.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.permissions import Permission
from models import Channel, EventSubscription
from models.session import of_whole_organization
from services import permissions, quotas
from services.errors import Conflict
from services.events.schemas import EVENTS, Data, document
from services.outbox import deliveries
from services.outbox.deliveries import Message
from services.outbox.recipients import Destination

_NAMESPACE = uuid.UUID("3f0c1c5e-6f3c-4d0b-9f6b-6a4f7d1e2b90")

_QUOTA = "events_of_one_request"

EVERYTHING = "*"
PATTERNS = (
    EVERYTHING,
    *dict.fromkeys(f"{name.partition('.')[0]}.*" for name in EVENTS),
    *EVENTS,
)
"""What a subscription may name: one event, all events of a noun, or all."""

TAKES = {"audit": Permission.AUDIT_READ}
"""The nouns of events that take another permission, with it."""


@of_whole_organization
def emit(  # noqa: PLR0913 - one for each thing that an event is
    session: Session,
    organization_id: int,
    names: Sequence[str],
    make: Callable[[], Data],
    *,
    monitor_id: int | None = None,
    once: str | None = None,
    now: datetime,
) -> None:
    """Write these events, with the same data, for their subscribers.

    `make` is called only if there are subscribers. An event with the same `once` is posted only
    once.
    """
    wanted = _subscriptions(session, organization_id)
    notified = {name: [to for events, to in wanted if matches(events, name)] for name in names}
    if not any(notified.values()):
        return
    data = make()
    for name, recipients in notified.items():
        if recipients:
            write(
                session,
                organization_id,
                name,
                data,
                recipients,
                event_id=_id(organization_id, name, once),
                monitor_id=monitor_id,
                now=now,
            )


@of_whole_organization
def emit_each(
    session: Session,
    organization_id: int,
    name: str,
    data: Mapping[int, Data],
    *,
    now: datetime,
) -> None:
    """Write an event for each of these monitors, by id, at once.

    Raise `Conflict` if that exceeds what one request may cause.
    """
    recipients = _recipients(session, organization_id, name)
    _refuse_many(session, organization_id, len(data), len(recipients))
    if not recipients:
        return
    messages = (
        _message(organization_id, name, each, event_id=uuid.uuid4(), monitor_id=key, now=now)
        for key, each in data.items()
    )
    deliveries.record_each(session, messages, recipients, now=now)


class Once(NamedTuple):
    """An event that is posted once for its key; `make` is called if somebody subscribed."""

    key: str
    monitor_id: int | None
    make: Callable[[], Data]


def emit_once_each(
    session: Session, organization_id: int, name: str, events: Sequence[Once], *, now: datetime
) -> None:
    """Write many events of one name at once, for their subscribers."""
    recipients = _recipients(session, organization_id, name) if events else []
    if not recipients:
        return
    messages = (
        _message(
            organization_id,
            name,
            each.make(),
            event_id=_id(organization_id, name, each.key),
            monitor_id=each.monitor_id,
            now=now,
        )
        for each in events
    )
    deliveries.record_each(session, messages, recipients, now=now)


def refuse_many(session: Session, organization_id: int, name: str, count: int) -> None:
    """Raise `Conflict` if that many events at once would be too many messages."""
    recipients = _recipients(session, organization_id, name)
    _refuse_many(session, organization_id, count, len(recipients))


@of_whole_organization
def write(  # noqa: PLR0913 - one for each thing that an event is
    session: Session,
    organization_id: int,
    name: str,
    data: Data,
    recipients: Iterable[Destination],
    *,
    event_id: uuid.UUID,
    monitor_id: int | None = None,
    now: datetime,
) -> list[int]:
    """Write one event for these recipients; return the ids of the deliveries."""
    message = _message(
        organization_id, name, data, event_id=event_id, monitor_id=monitor_id, now=now
    )
    return deliveries.record_each(session, [message], list(recipients), now=now)


def matches(events: Sequence[str], name: str) -> bool:
    """Return whether a subscription includes the event: by name, noun (`incident.*`) or `*`.

    Events that take a permission of their own are not part of `*`.
    """
    noun = name.partition(".")[0]
    usual = () if noun in TAKES else (EVERYTHING,)
    return any(pattern in events for pattern in (*usual, f"{noun}.*", name))


def require(own: frozenset[Permission], *lists: Iterable[str]) -> None:
    """Raise `Forbidden` for events of which the caller may not know what they say."""
    for pattern in {each for events in lists for each in events}:
        needed = TAKES.get(pattern.partition(".")[0])
        if needed is not None:
            permissions.require(own, needed)


def are_readable(own: frozenset[Permission], names: Iterable[str]) -> bool:
    """Tell whether the caller may know what these events say."""
    needed = {TAKES.get(pattern.partition(".")[0]) for pattern in names} - {None}
    return needed <= own


def recipient(channel: Channel) -> Destination:
    return Destination(channel.kind, channel.address, channel.id)


def _message(
    organization_id: int,
    name: str,
    data: Data,
    *,
    event_id: uuid.UUID,
    monitor_id: int | None,
    now: datetime,
) -> Message:
    event = document(name)(id=event_id, type=name, timestamp=now, data=data)
    return Message(
        organization_id=organization_id,
        dedup_key=f"event/{event_id}",
        event=AlertEvent.EVENT,
        monitor_id=monitor_id,
        facts={"document": event.model_dump_json()},
    )


def _refuse_many(session: Session, organization_id: int, events: int, recipients: int) -> None:
    """Limit what one request writes, because it and others have to wait for that.

    A single event is never refused, because no request could ask for less.
    """
    most = quotas.limit(session, organization_id, _QUOTA)
    if events > 1 and events * recipients > most:
        raise Conflict(
            f"One request may cause at most {most} messages to event subscriptions (limit "
            f"`{_QUOTA}`)."
            f" This one would cause {events * recipients}: {events} events for {recipients}"
            f" subscriptions. Change at most {max(1, most // recipients)} at a time."
        )


def _recipients(session: Session, organization_id: int, name: str) -> list[Destination]:
    return [to for events, to in _subscriptions(session, organization_id) if matches(events, name)]


def _subscriptions(
    session: Session, organization_id: int
) -> list[tuple[Sequence[str], Destination]]:
    rows = session.execute(
        select(EventSubscription.events, Channel.kind, Channel.address, Channel.id)
        .join(Channel, Channel.id == EventSubscription.channel_id)
        .where(EventSubscription.organization_id == organization_id, Channel.is_usable())
        .order_by(EventSubscription.id)
    )
    return [(row.events, Destination(row.kind, row.address, row.id)) for row in rows]


def _id(organization_id: int, name: str, once: str | None) -> uuid.UUID:
    if once is None:
        return uuid.uuid4()
    return uuid.uuid5(_NAMESPACE, f"{organization_id}/{name}/{once}")
