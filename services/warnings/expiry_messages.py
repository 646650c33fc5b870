"""Waiting messages about expiries: cancelled if the certificate or domain was renewed."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Delivery, Expiry
from models.delivery import OPEN, DeliveryState
from services.outbox import wakes
from services.outbox.recipients import Destination

RENEWED = "It was renewed, or the monitor now checks something else."


def dedup_key(row: Expiry, days: int) -> str:
    """Return the dedup key of one threshold; the same certificate always has the same key."""
    return f"{_beginning(row)}{days}"


def is_overtaken(session: Session, delivery: Delivery) -> bool:
    """Return whether checks saw a different one since, or the target changed."""
    if delivery.event is not AlertEvent.EXPIRY:
        return False
    seen = session.scalars(
        select(Expiry)
        .where(Expiry.monitor_id == delivery.monitor_id)
        .execution_options(populate_existing=True)
    )
    return not any(delivery.dedup_key.startswith(_beginning(row)) for row in seen)


def may_be_left_out(
    session: Session, organization_id: int, dedup_key: str, *, soon: datetime
) -> bool:
    """Return whether a relay may be about to cancel one, because it read an older expiry.

    Do not wait for its lock, which could deadlock: checks and sweeps lock many expiries, and relays
    lock several messages of a digest.
    """
    query = select(Delivery.id).where(
        Delivery.organization_id == organization_id,
        Delivery.dedup_key == dedup_key,
        Delivery.state.in_(OPEN),
        Delivery.next_attempt_at <= soon,
    )
    return session.scalars(query.limit(1)).first() is not None


def revive(
    session: Session,
    organization_id: int,
    dedup_key: str,
    people: Iterable[Destination],
    *,
    now: datetime,
) -> None:
    """Queue the cancelled messages again, because their expiry was seen again.

    If servers have different certificates, seeing another one does not mean that this one was
    renewed.
    """
    rows = session.scalars(
        select(Delivery)
        .where(
            Delivery.organization_id == organization_id,
            Delivery.dedup_key == dedup_key,
            Delivery.state == DeliveryState.CANCELLED,
            Delivery.last_error == RENEWED,
        )
        .order_by(Delivery.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    waits = {(each.kind, each.address): each.not_before for each in people}
    left_out = [row for row in rows if (row.kind, row.address) in waits]
    for row in left_out:
        row.state = DeliveryState.PENDING
        row.next_attempt_at = waits[row.kind, row.address] or now
    session.flush()
    wakes.add(session, [row.id for row in left_out])


def _beginning(row: Expiry) -> str:
    return f"monitor/{row.monitor_id}/expiry/{row.subject}/{row.identity}/"
