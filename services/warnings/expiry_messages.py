"""Messages about what runs out, while they wait: of what was renewed meanwhile there is nothing to say."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Delivery, Expiry
from models.delivery import OPEN, DeliveryState
from services.outbox import wakes
from services.outbox.recipients import Destination

RENEWED = "It was renewed meanwhile, or the monitor looks at something else by now."


def dedup_key(row: Expiry, days: int) -> str:
    """Name the message of one threshold: the same for the same certificate, whenever it is seen."""
    return f"{_beginning(row)}{days}"


def is_overtaken(session: Session, delivery: Delivery) -> bool:
    """Say whether checks saw another one last, or the monitor looks at something else by now."""
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
    """Say whether a relay may be about to leave one out, since it looked at what was seen before.

    Who sees it again does not wait for that: checks and sweeps hold many, and relays several of a
    digest, so that each would wait for the other.
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
    """Let go what was left out, since it is seen again.

    Where servers hold different ones, another that was seen does not mean that this one was renewed.
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
