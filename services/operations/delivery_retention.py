"""Forgets messages that are long over."""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from models import Delivery, Incident
from models.delivery import OPEN

KEPT = timedelta(days=400)
"""A year, and time to look back at it."""


def forget(session: Session, *, now: datetime, limit: int) -> int:
    """Delete at most `limit` old messages; return how many there were.

    What tells of an outage that goes on is kept: it says who is owed its end.
    """
    goes_on = exists().where(
        Incident.monitor_id == Delivery.monitor_id, Incident.ended_at.is_(None)
    )
    old = (
        select(Delivery.id)
        .where(
            Delivery.created_at < now - KEPT,
            Delivery.state.not_in(OPEN),
            Delivery.chain_id.is_(None) | ~goes_on,
        )
        .order_by(Delivery.created_at)
        .limit(limit)
    )
    return len(
        session.scalars(delete(Delivery).where(Delivery.id.in_(old)).returning(Delivery.id)).all()
    )
