"""Dead letters that somebody asks to send again: a new life, under the same key."""

import uuid
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.alert import ENDS, OPENINGS
from models import Delivery
from models.delivery import DeliveryState
from services import deliveries, delivery_destinations, delivery_history, delivery_paces
from services.delivery_history import DeliveryView
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
    if delivery.event in OPENINGS:
        _revive_end(session, delivery, now)
    session.flush()
    deliveries.written(session).append(delivery.id)
    return delivery_history.find(session, organization_id, delivery_id)


def _locked(session: Session, organization_id: int, delivery_id: uuid.UUID) -> Delivery:
    query = select(Delivery).where(
        Delivery.organization_id == organization_id, Delivery.public_id == delivery_id
    )
    delivery = session.scalars(query).one_or_none()
    if delivery is None:
        raise NotFound("delivery")
    delivery_paces.lock(session, organization_id, delivery.kind, delivery.address)
    session.refresh(delivery, with_for_update=True)
    return delivery


def _revive_end(session: Session, opening: Delivery, now: datetime) -> None:
    """Owe the end again that was left out, since nobody had heard of the outage."""
    session.execute(
        update(Delivery)
        .where(
            Delivery.organization_id == opening.organization_id,
            Delivery.chain_id == opening.chain_id,
            Delivery.kind == opening.kind,
            Delivery.address == opening.address,
            Delivery.event.in_(ENDS),
            Delivery.state == DeliveryState.CANCELLED,
            Delivery.id > opening.id,
        )
        .values(state=DeliveryState.PENDING, next_attempt_at=now)
    )
