"""Bulkheads: what of an organization goes to one host, and so hangs together when that host does."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Delivery


class Bulkhead(NamedTuple):
    organization_id: int
    kind: str
    host: str


def of(session: Session, delivery_id: int) -> Bulkhead | None:
    """Return the bulkhead of a delivery, if there is one."""
    row = session.execute(
        select(Delivery.organization_id, Delivery.kind, Delivery.host()).where(
            Delivery.id == delivery_id
        )
    ).one_or_none()
    return None if row is None else Bulkhead(*row)
