"""Test messages: a user sends one to a channel to see whether it arrives."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Channel, Delivery
from services import locks
from services.errors import Conflict, TooMany
from services.locks import Lock
from services.outbox import deliveries
from services.outbox import history as delivery_history
from services.outbox.history import DeliveryView
from services.outbox.recipients import Destination

MOST = 5
WITHIN = timedelta(minutes=1)
"""An organization may send `MOST` test messages within this time."""


def send(session: Session, channel: Channel, *, now: datetime) -> DeliveryView:
    """Write a test message to the channel.

    Raise `Conflict` if the channel may not receive messages, and `TooMany` at the limit.
    """
    if channel.disabled_at is not None:
        raise Conflict(f"This channel is disabled: {channel.disabled_reason}")
    if channel.confirmed_at is None:
        raise Conflict("This channel is not confirmed yet.")
    owner = channel.organization_id
    _refuse_too_many(session, owner, now=now)
    (delivery_id,) = deliveries.record(
        session,
        organization_id=owner,
        dedup_key=f"channel/{channel.id}/test/{uuid.uuid4()}",
        event=AlertEvent.TEST,
        channels=[Destination(channel.kind, channel.address, channel.id)],
        now=now,
    )
    written = session.get_one(Delivery, delivery_id)
    return delivery_history.find(session, owner, written.public_id)


def _refuse_too_many(session: Session, organization_id: int, *, now: datetime) -> None:
    """Count the recent test messages, and lock out others of the organization until the commit."""
    locks.take(session, Lock.TEST_MESSAGES, organization_id)
    count, oldest = session.execute(
        select(func.count(), func.min(Delivery.created_at)).where(
            Delivery.organization_id == organization_id,
            Delivery.event == AlertEvent.TEST,
            Delivery.created_at > now - WITHIN,
        )
    ).one()
    if count >= MOST:
        raise TooMany(
            f"An organization may send at most {MOST} tests a minute.",
            retry_after=oldest + WITHIN - now,
        )
