"""Events for integrators: written in the transaction of what happened, posted by the outbox.

They say what is, held back by nothing that keeps people from being disturbed.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alert import AlertEvent
from models import Channel, EventSubscription
from services import deliveries, delivery_recipients
from services.delivery_recipients import Recipient
from services.event_bodies import EVENTS, Data, document

_NAMESPACE = uuid.UUID("3f0c1c5e-6f3c-4d0b-9f6b-6a4f7d1e2b90")

EVERYTHING = "*"
PATTERNS = (
    EVERYTHING,
    *dict.fromkeys(f"{name.partition('.')[0]}.*" for name in EVENTS),
    *EVENTS,
)
"""What may be subscribed to: one name, all of a noun, or all."""


def emit(  # noqa: PLR0913 - one for each thing that an event is
    session: Session,
    organization_id: int,
    names: Sequence[str],
    make: Callable[[], Data],
    *,
    monitor_id: int | None = None,
    once: str | None = None,
    now: datetime,
) -> list[int]:
    """Write these events, which say the same, for who subscribed; return the ids of the deliveries.

    `make` is called only if somebody did. What is emitted again with the same `once` is not told again.
    """
    wanted = _subscriptions(session, organization_id)
    told = {name: [to for events, to in wanted if matches(events, name)] for name in names}
    if not any(told.values()):
        return []
    data = make()
    return [
        delivery_id
        for name, recipients in told.items()
        if recipients
        for delivery_id in write(
            session,
            organization_id,
            name,
            data,
            recipients,
            event_id=_id(organization_id, name, once),
            monitor_id=monitor_id,
            now=now,
        )
    ]


def write(  # noqa: PLR0913 - one for each thing that an event is
    session: Session,
    organization_id: int,
    name: str,
    data: Data,
    recipients: Iterable[Recipient],
    *,
    event_id: uuid.UUID,
    monitor_id: int | None = None,
    now: datetime,
) -> list[int]:
    """Write one event for these; return the ids of the deliveries."""
    event = document(name)(id=event_id, type=name, timestamp=now, data=data)
    return deliveries.record(
        session,
        organization_id=organization_id,
        about=f"event/{event_id}",
        event=AlertEvent.EVENT,
        channels=recipients,
        monitor_id=monitor_id,
        facts={"document": event.model_dump_json()},
        now=now,
    )


def matches(events: Sequence[str], name: str) -> bool:
    """Say whether a subscription is told of that event: by its name, its noun (`incident.*`), or `*`."""
    noun = name.partition(".")[0]
    return any(pattern in events for pattern in (EVERYTHING, f"{noun}.*", name))


def recipient(channel: Channel) -> Recipient:
    return Recipient(channel.kind, channel.address, channel.id)


def _subscriptions(session: Session, organization_id: int) -> list[tuple[Sequence[str], Recipient]]:
    rows = session.execute(
        select(EventSubscription.events, Channel.kind, Channel.address, Channel.id)
        .join(Channel, Channel.id == EventSubscription.channel_id)
        .where(EventSubscription.organization_id == organization_id, delivery_recipients.usable())
        .order_by(EventSubscription.id)
    )
    return [(row.events, Recipient(row.kind, row.address, row.id)) for row in rows]


def _id(organization_id: int, name: str, once: str | None) -> uuid.UUID:
    if once is None:
        return uuid.uuid4()
    return uuid.uuid5(_NAMESPACE, f"{organization_id}/{name}/{once}")
