"""Openings that wait for the end of quiet hours and no longer need to."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import tuple_, update
from sqlalchemy.orm import Session

from domain.alerting.alert import OPENINGS
from models import Delivery, Incident
from models.delivery import DeliveryState
from services.contacts import quiet_hours
from services.outbox import wakes
from services.outbox.recipients import Destination


def end(
    session: Session, incident: Incident, recipients: Iterable[Destination], *, now: datetime
) -> set[tuple[str, str]]:
    """Send the openings that wait for these recipients at once; return their addresses.

    Two contacts may share an address and only one have quiet hours. Quiet hours may have changed
    too.
    """
    awake = {(each.kind, each.address) for each in quiet_hours.awake(recipients)}
    rows = session.execute(
        update(Delivery)
        .where(
            Delivery.incident_id == incident.id,
            Delivery.organization_id == incident.organization_id,
            Delivery.event.in_(OPENINGS),
            Delivery.state == DeliveryState.PENDING,
            Delivery.attempt == 0,
            Delivery.digest_id.is_(None),
            Delivery.next_attempt_at > now,
            tuple_(Delivery.kind, Delivery.address).in_(awake),
        )
        .values(next_attempt_at=now)
        .returning(Delivery.id, Delivery.kind, Delivery.address)
    ).all()
    wakes.add(session, [row.id for row in rows])
    return {(row.kind, row.address) for row in rows}
