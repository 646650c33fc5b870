"""Bulkheads: the deliveries of one organization to one host, which hang together."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Delivery


class Bulkhead(NamedTuple):
    organization_id: int
    kind: str
    host: str


def of(session: Session, delivery_id: int) -> Bulkhead | None:
    """Return the bulkhead of a delivery, or None if the delivery does not exist."""
    row = session.execute(
        select(Delivery.organization_id, Delivery.kind, Delivery.host()).where(
            Delivery.id == delivery_id
        )
    ).one_or_none()
    return None if row is None else Bulkhead(*row)
