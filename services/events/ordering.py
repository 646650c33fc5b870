"""Events go to a subscription one at a time, in the order of writing, as long as none fails.

One that failed is tried again later and holds up nobody: who needs the order has the timestamps.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Delivery
from models.delivery import OPEN, DeliveryState
from services.outbox import wakes


def first(session: Session, delivery: Delivery, *, now: datetime) -> Delivery | None:
    """Return the event that goes now to the subscription of this one; nothing while one is under way.

    The caller holds the channel's pace.
    """
    under_way = session.scalars(
        select(Delivery.id)
        .where(
            _of_subscription(delivery),
            Delivery.state == DeliveryState.SENDING,
            Delivery.lease_until > now,
        )
        .limit(1)
    ).first()
    if under_way is not None:
        return None
    return session.scalars(
        select(Delivery)
        .where(_of_subscription(delivery), _due(now))
        .order_by(Delivery.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def wake_following(session: Session, told: Delivery, *, now: datetime) -> None:
    """Wake a relay for the event that may go now that this one is through."""
    query = select(Delivery.id).where(_of_subscription(told), _due(now), Delivery.id != told.id)
    wakes.add(session, session.scalars(query.order_by(Delivery.id).limit(1)))


def _of_subscription(delivery: Delivery) -> ColumnElement[bool]:
    return and_(
        Delivery.organization_id == delivery.organization_id,
        Delivery.kind == delivery.kind,
        Delivery.address == delivery.address,
        Delivery.event == AlertEvent.EVENT,
    )


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(
        Delivery.state.in_(OPEN),
        Delivery.next_attempt_at <= now,
        func.coalesce(Delivery.lease_until, now) <= now,
    )
