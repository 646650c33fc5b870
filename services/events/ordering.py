"""Events go to a subscription one at a time, in the order of writing, as long as none fails.

One that failed is tried again later and holds up nobody: who needs the order has the timestamps.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Delivery
from models.delivery import DeliveryState
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
        .where(_of_subscription(delivery), Delivery.is_claimable(now))
        .order_by(Delivery.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def wake_following(session: Session, notified: Delivery, *, now: datetime) -> None:
    """Wake a relay for the event that may go now that this one is through."""
    query = select(Delivery.id).where(
        _of_subscription(notified), Delivery.is_claimable(now), Delivery.id != notified.id
    )
    wakes.add(session, session.scalars(query.order_by(Delivery.id).limit(1)))


def _of_subscription(delivery: Delivery) -> ColumnElement[bool]:
    return and_(delivery.shares_channel(), Delivery.event == AlertEvent.EVENT)
