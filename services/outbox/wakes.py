"""Deliveries for which to wake a relay after the commit.

Deliveries noted in a transaction or savepoint are forgotten if it is rolled back.
"""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from services.after_commit.notes import Notes

_NOTES: Notes[int] = Notes("wakes")


def add(session: Session, delivery_ids: Iterable[int]) -> None:
    """Note deliveries that were just written, or that may be sent from now on."""
    _NOTES.add(session, delivery_ids)


def count(session: Session) -> int:
    """Return how many deliveries this session has noted so far."""
    return _NOTES.count(session)


def take(session: Session) -> list[int]:
    """Return the noted deliveries, each once, and forget them. The caller has committed."""
    return _NOTES.take(session)
