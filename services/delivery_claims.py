"""Sending what is in the outbox, each message by one relay at a time.

A relay claims a delivery, sends it with no transaction open, and marks it. A claim is a lease: if
the relay dies nothing more is heard of it, the lease runs out, and the next relay tries again under
the same key. Deliveries of all organizations are sent alike, by their internal ids.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from domain.alert import Alert, AlertEvent
from domain.outcome import Cause
from domain.retry import GIVE_UP_AFTER, next_attempt
from models import Delivery, Incident, Monitor
from models.delivery import DeliveryState
from notifiers.base import NotifierError

LEASE = timedelta(seconds=60)
"""Twice the longest that a notifier may take."""

_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING)
_LOST = (DeliveryState.DEAD, DeliveryState.CANCELLED)
_ERROR_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that the caller alone may send until its lease ends."""

    id: int
    attempt: int
    kind: str
    address: str
    alert: Alert


def due(session: Session, *, now: datetime, limit: int) -> list[int]:
    """Return what could be claimed now, the longest waiting first."""
    query = (
        select(Delivery.id)
        .where(_claimable(now), ~_waits_for_outage())
        .order_by(Delivery.next_attempt_at)
        .limit(limit)
    )
    return list(session.scalars(query))


def claim(session: Session, delivery_id: int, *, public_url: str, now: datetime) -> Claimed | None:
    """Take the delivery for `LEASE`, or nothing: not due, taken, over, or its outage comes first."""
    delivery = session.scalars(
        select(Delivery)
        .where(Delivery.id == delivery_id, _claimable(now), ~_waits_for_outage())
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if delivery is None:
        return None
    outage = _outage_of(session, delivery)
    if outage.state in _LOST:
        delivery.state = DeliveryState.CANCELLED
    elif delivery.state is DeliveryState.SENDING and now >= delivery.created_at + GIVE_UP_AFTER:
        delivery.state = DeliveryState.DEAD
        delivery.last_error = delivery.last_error or "No attempt to send it came to an end."
    else:
        return _lease(session, delivery, outage, public_url, now)
    session.flush()
    return None


def mark_sent(
    session: Session, claimed: Claimed, reference: str | None, *, now: datetime
) -> list[int]:
    """Write down that the message was accepted; return what waited for this."""
    delivery = _in_hand(session, claimed)
    if delivery is None:
        return []
    delivery.state = DeliveryState.SENT
    delivery.sent_at = now
    delivery.provider_reference = reference
    session.flush()
    return _waiting_for(session, delivery)


def mark_failed(
    session: Session, claimed: Claimed, error: NotifierError, *, now: datetime, chance: float
) -> list[int]:
    """Write down why the attempt failed and when the next is due, or that it was the last one.

    Returns what waited for this one, if this was the last: it is to be cancelled.
    """
    delivery = _in_hand(session, claimed)
    if delivery is None:
        return []
    delivery.last_error = str(error)[:_ERROR_LENGTH]
    delivery.lease_until = None
    again = (
        None
        if error.permanent
        else next_attempt(
            attempt=delivery.attempt,
            created_at=delivery.created_at,
            now=now,
            chance=chance,
            retry_after=error.retry_after,
        )
    )
    delivery.state = DeliveryState.PENDING if again else DeliveryState.DEAD
    delivery.next_attempt_at = again or delivery.next_attempt_at
    session.flush()
    return [] if again else _waiting_for(session, delivery)


def _claimable(now: datetime) -> ColumnElement[bool]:
    return and_(
        Delivery.state.in_(_OPEN),
        Delivery.next_attempt_at <= now,
        func.coalesce(Delivery.lease_until, now) <= now,
    )


def _waits_for_outage() -> ColumnElement[bool]:
    """Say whether the message about the outage, to the same channel, is still on its way."""
    outage = aliased(Delivery)
    return and_(
        Delivery.event != AlertEvent.DOWN,
        exists().where(
            outage.incident_id == Delivery.incident_id,
            outage.event == AlertEvent.DOWN,
            outage.kind == Delivery.kind,
            outage.address == Delivery.address,
            outage.state.in_(_OPEN),
        ),
    )


def _outage_of(session: Session, delivery: Delivery) -> Delivery:
    query = (
        select(Delivery)
        .where(
            Delivery.incident_id == delivery.incident_id,
            Delivery.event == AlertEvent.DOWN,
            Delivery.kind == delivery.kind,
            Delivery.address == delivery.address,
        )
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one()


def _lease(
    session: Session, delivery: Delivery, outage: Delivery, public_url: str, now: datetime
) -> Claimed:
    delivery.state = DeliveryState.SENDING
    delivery.attempt += 1
    delivery.lease_until = now + LEASE
    session.flush()
    incident = session.get_one(Incident, delivery.incident_id)
    monitor = session.get_one(Monitor, incident.monitor_id)
    alert = Alert(
        key=str(delivery.public_id),
        outage_key=str(outage.public_id),
        event=AlertEvent(delivery.event),
        monitor_name=monitor.name,
        url=monitor.url,
        cause=incident.detail,
        is_authorization=incident.cause is Cause.AUTHORIZATION,
        started_at=incident.started_at,
        # What is told of the outage stays the same, even when it is over before the telling.
        ended_at=None if delivery is outage else incident.ended_at,
        link=f"{public_url.rstrip('/')}/api/v1/incidents/{incident.public_id}",
    )
    return Claimed(
        id=delivery.id,
        attempt=delivery.attempt,
        kind=delivery.kind,
        address=delivery.address,
        alert=alert,
    )


def _in_hand(session: Session, claimed: Claimed) -> Delivery | None:
    """Return the delivery if the claim still counts, and no later one was made."""
    query = (
        select(Delivery)
        .where(
            Delivery.id == claimed.id,
            Delivery.attempt == claimed.attempt,
            Delivery.state == DeliveryState.SENDING,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one_or_none()


def _waiting_for(session: Session, delivery: Delivery) -> list[int]:
    if delivery.event is not AlertEvent.DOWN:
        return []
    query = select(Delivery.id).where(
        Delivery.incident_id == delivery.incident_id,
        Delivery.event != AlertEvent.DOWN,
        Delivery.kind == delivery.kind,
        Delivery.address == delivery.address,
        Delivery.state == DeliveryState.PENDING,
    )
    return list(session.scalars(query))
