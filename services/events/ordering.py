"""Events go to a subscription one at a time, in the order of writing, while none fails.

A failed event is retried later and delays no other. Receivers that need the order have timestamps.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Delivery
from models.delivery import DeliveryState
from services.outbox import wakes


def first(session: Session, delivery: Delivery, *, now: datetime) -> Delivery | None:
    """Return the next event for the subscription of this one; None while one is being sent.

    The caller holds the rate limit of the channel.
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
    """Wake a relay for the event that may be sent after this one."""
    query = select(Delivery.id).where(
        _of_subscription(notified), Delivery.is_claimable(now), Delivery.id != notified.id
    )
    wakes.add(session, session.scalars(query.order_by(Delivery.id).limit(1)))


def _of_subscription(delivery: Delivery) -> ColumnElement[bool]:
    return and_(delivery.shares_channel(), Delivery.event == AlertEvent.EVENT)
