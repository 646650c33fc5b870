"""Deliveries for which to wake a relay after the commit.

Deliveries noted in a transaction or savepoint are forgotten if it is rolled back.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

_KEY = "wakes"


@dataclass(frozen=True, slots=True)
class _Wake:
    delivery_id: int
    noted_in: SessionTransaction | None

    def is_undone_by(self, rolled_back: SessionTransaction) -> bool:
        at = self.noted_in
        while at is not None and at is not rolled_back:
            at = at.parent
        return at is not None


def add(session: Session, delivery_ids: Iterable[int]) -> None:
    """Note deliveries that were just written, or that may be sent from now on."""
    noted_in = session.get_nested_transaction() or session.get_transaction()
    _noted(session).extend(_Wake(delivery_id, noted_in) for delivery_id in delivery_ids)


def count(session: Session) -> int:
    """Return how many deliveries this session has noted so far."""
    return len(_noted(session))


def take(session: Session) -> list[int]:
    """Return the noted deliveries, each once, and forget them. The caller has committed."""
    wakes: list[_Wake] = session.info.pop(_KEY, [])
    return list(dict.fromkeys(wake.delivery_id for wake in wakes))


def _noted(session: Session) -> list[_Wake]:
    wakes: list[_Wake] = session.info.setdefault(_KEY, [])
    return wakes


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, rolled_back: SessionTransaction) -> None:
    wakes = _noted(session)
    wakes[:] = [wake for wake in wakes if not wake.is_undone_by(rolled_back)]
