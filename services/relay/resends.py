"""Resends dead letters: another day of attempts under the same key."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.alerting.alert import ENDS, OPENINGS, AlertEvent
from models import Delivery, MonitorState
from models.delivery import LOST, DeliveryState
from services.alerting import messages as alerting_messages
from services.errors import Conflict, NotFound
from services.outbox import deliveries, incident_chains, rate_limits, wakes
from services.outbox import history as delivery_history
from services.outbox.history import DeliveryView
from services.outbox.recipients import Destination
from services.relay import destinations


def resend(
    session: Session, organization_id: int, delivery_id: uuid.UUID, *, now: datetime
) -> DeliveryView:
    """Give a dead letter another day of attempts.

    Raise `Conflict` for any other delivery, and if its channel may not receive it.
    """
    delivery = _locked(session, organization_id, delivery_id)
    if delivery.state is not DeliveryState.DEAD:
        raise Conflict(f"Only a dead letter can be sent again. This delivery is {delivery.state}.")
    refusal = destinations.refusal(session, delivery)
    if refusal is not None:
        raise Conflict(refusal.reason)
    delivery.state = DeliveryState.PENDING
    delivery.next_attempt_at = now
    delivery.tried_since = None
    wakes.add(session, [delivery.id])
    if delivery.event in OPENINGS:
        _notify_since(session, delivery, now)
    if delivery.event is AlertEvent.FLAPPING:
        _revive_later(session, delivery, None, {AlertEvent.STABLE}, now)
    return delivery_history.find(session, organization_id, delivery_id)


def _locked(session: Session, organization_id: int, delivery_id: uuid.UUID) -> Delivery:
    query = select(Delivery).where(
        Delivery.organization_id == organization_id, Delivery.public_id == delivery_id
    )
    delivery = session.scalars(query).one_or_none()
    if delivery is None:
        raise NotFound("delivery")
    if delivery.event in OPENINGS:
        # The lock keeps others from ending the outage before its end is looked up.
        session.execute(
            select(MonitorState.monitor_id)
            .where(MonitorState.monitor_id == delivery.monitor_id)
            .with_for_update(key_share=True)
        )
    rate_limits.lock(session, organization_id, delivery.kind, delivery.address)
    session.refresh(delivery, with_for_update=True)
    return delivery


def _notify_since(session: Session, opening: Delivery, now: datetime) -> None:
    """Queue the later news of the outage for this channel, which missed that too.

    That is the recovery if the outage is over. Otherwise it is the opening of the latest incident.
    """
    last = incident_chains.last(session, cast(int, opening.incident_id))
    here = [Destination(opening.kind, opening.address, opening.channel_id)]
    if last.ended_at is not None:
        alerting_messages.notify_resolved_to(session, last, here, now=now)
    else:
        # If the incident is still the same, the dead letter has this key, and nothing is written.
        deliveries.record_opening(session, last, here, now=now)
    _revive_later(session, opening, last.id, OPENINGS | ENDS, now)


def _revive_later(
    session: Session,
    delivery: Delivery,
    incident_id: int | None,
    events: Collection[AlertEvent],
    now: datetime,
) -> None:
    """Queue later deliveries again that were cancelled or became dead letters."""
    revived = session.scalars(
        update(Delivery)
        .where(
            delivery.shares_channel(),
            Delivery.monitor_id == delivery.monitor_id,
            Delivery.incident_id == incident_id,
            Delivery.event.in_(events),
            Delivery.state.in_(LOST),
            Delivery.id > delivery.id,
        )
        .values(state=DeliveryState.PENDING, next_attempt_at=now, tried_since=None)
        .returning(Delivery.id)
    ).all()
    wakes.add(session, revived)
