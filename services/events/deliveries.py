"""Events about dead letters."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Delivery
from models.delivery import DeliveryState
from services.events import emit as emit_event
from services.events import schemas as event_schemas


def failed(session: Session, deliveries: Iterable[Delivery], *, now: datetime) -> None:
    """Emit an event for each dead letter, except for dead events, which would cause a loop."""
    for each in deliveries:
        if each.state is DeliveryState.DEAD and each.event is not AlertEvent.EVENT:
            _failed(session, each, now)


def _failed(session: Session, delivery: Delivery, now: datetime) -> None:
    data = event_schemas.DeliveryFailed(
        delivery=event_schemas.Delivery(
            id=delivery.public_id,
            event=delivery.event,
            kind=delivery.kind,
            address=delivery.address,
            error=delivery.last_error or "",
            created_at=delivery.created_at,
        )
    )
    emit_event.emit(
        session,
        delivery.organization_id,
        ["delivery.failed"],
        lambda: data,
        monitor_id=delivery.monitor_id,
        now=now,
    )
