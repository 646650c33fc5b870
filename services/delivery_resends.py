"""Dead letters that somebody asks to send again: a new life, under the same key."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.alert import ENDS, OPENINGS, AlertEvent
from models import Delivery, MonitorState
from models.delivery import DeliveryState
from services import (
    alerting_messages,
    deliveries,
    delivery_destinations,
    delivery_history,
    delivery_paces,
    incident_chains,
)
from services.delivery_history import DeliveryView
from services.delivery_recipients import Recipient
from services.errors import Conflict, NotFound


def resend(
    session: Session, organization_id: int, delivery_id: uuid.UUID, *, now: datetime
) -> DeliveryView:
    """Let a dead letter be tried again for as long as a new one; raises `Conflict` for another."""
    delivery = _locked(session, organization_id, delivery_id)
    if delivery.state is not DeliveryState.DEAD:
        raise Conflict(f"Only a dead letter can be sent again; this one is {delivery.state}.")
    refusal = delivery_destinations.refusal(session, delivery)
    if refusal is not None:
        raise Conflict(refusal.reason)
    delivery.state = DeliveryState.PENDING
    delivery.next_attempt_at = now
    delivery.lease_until = None
    delivery.tried_since = None
    session.flush()
    if delivery.event in OPENINGS and not _revive_end(session, delivery, ENDS, now):
        _tell_since(session, delivery, now)
    if delivery.event is AlertEvent.FLAPPING:
        _revive_end(session, delivery, {AlertEvent.STABLE}, now)
    deliveries.written(session).append(delivery.id)
    return delivery_history.find(session, organization_id, delivery_id)


def _locked(session: Session, organization_id: int, delivery_id: uuid.UUID) -> Delivery:
    query = select(Delivery).where(
        Delivery.organization_id == organization_id, Delivery.public_id == delivery_id
    )
    delivery = session.scalars(query).one_or_none()
    if delivery is None:
        raise NotFound("delivery")
    if delivery.event in OPENINGS:
        # Nobody ends the outage while it is looked up whether it is over.
        session.execute(
            select(MonitorState.monitor_id)
            .where(MonitorState.monitor_id == delivery.monitor_id)
            .with_for_update(key_share=True)
        )
    delivery_paces.lock(session, organization_id, delivery.kind, delivery.address)
    session.refresh(delivery, with_for_update=True)
    return delivery


def _revive_end(
    session: Session, opening: Delivery, ends: Collection[AlertEvent], now: datetime
) -> bool:
    """Owe the end again that was left out, since nobody had heard of the beginning."""
    of_outage = Delivery.chain_id == opening.chain_id
    revived = session.scalars(
        update(Delivery)
        .where(
            Delivery.organization_id == opening.organization_id,
            Delivery.monitor_id == opening.monitor_id,
            of_outage if opening.chain_id is not None else Delivery.chain_id.is_(None),
            Delivery.kind == opening.kind,
            Delivery.address == opening.address,
            Delivery.event.in_(ends),
            Delivery.state == DeliveryState.CANCELLED,
            Delivery.id > opening.id,
        )
        .values(state=DeliveryState.PENDING, next_attempt_at=now)
        .returning(Delivery.id)
    ).all()
    return bool(revived)


def _tell_since(session: Session, opening: Delivery, now: datetime) -> None:
    """Write what was not written for this channel since it had heard of nothing.

    That is the end if the outage is over, or else that it is another incident by now.
    """
    last = incident_chains.last(session, cast(int, opening.incident_id))
    here = [Recipient(opening.kind, opening.address, opening.channel_id)]
    if last.ended_at is not None:
        alerting_messages.tell_end_to(session, last, here, now=now)
    elif last.id != opening.incident_id:
        deliveries.record_opening(session, last, here, now=now)
