"""Lanes: what of an organization goes to one host, and so hangs together when that host does."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models import Delivery


class Bulkhead(NamedTuple):
    organization_id: int
    kind: str
    host: str


def of(session: Session, delivery_id: int) -> Bulkhead | None:
    """Return the lane of a delivery, if there is one."""
    row = session.execute(
        select(Delivery.organization_id, Delivery.kind, host()).where(Delivery.id == delivery_id)
    ).one_or_none()
    return None if row is None else Bulkhead(*row)


def host() -> ColumnElement[str]:
    """Say of `Delivery` where it leads: of a mail the domain, and of a number the number itself.

    A channel that is a URL is shown as its host, and behind a space what tells it from others.
    """
    first_word = func.split_part(Delivery.address, " ", 1)
    return func.lower(func.split_part(first_word, "@", -1))
