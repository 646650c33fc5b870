"""Notes of a transaction for after its commit.

Those of a transaction or savepoint are forgotten if it is rolled back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

T = TypeVar("T")

_KEY = "after_commit"


@dataclass(frozen=True, slots=True)
class _Note(Generic[T]):
    noted: T
    noted_in: SessionTransaction | None

    def is_undone_by(self, rolled_back: SessionTransaction) -> bool:
        at = self.noted_in
        while at is not None and at is not rolled_back:
            at = at.parent
        return at is not None


class Notes(Generic[T]):
    """The notes of one name. A name belongs to one module."""

    def __init__(self, name: str) -> None:
        self._name = name

    def add(self, session: Session, values: Iterable[T]) -> None:
        noted_in = session.get_nested_transaction() or session.get_transaction()
        notes = self._of(session)
        notes.extend(_Note(value, noted_in) for value in values)

    def count(self, session: Session) -> int:
        """Return how many values this session has noted so far."""
        return len(self._of(session))

    def take(self, session: Session) -> list[T]:
        """Return the noted values, each once, and forget them. The caller has committed."""
        notes = self._of(session)
        taken = list(dict.fromkeys(note.noted for note in notes))
        notes.clear()
        return taken

    def _of(self, session: Session) -> list[_Note[T]]:
        return _all(session).setdefault(self._name, [])


def _all(session: Session) -> dict[str, list[_Note[Any]]]:
    notes: dict[str, list[_Note[Any]]] = session.info.setdefault(_KEY, {})
    return notes


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, rolled_back: SessionTransaction) -> None:
    for notes in _all(session).values():
        notes[:] = [note for note in notes if not note.is_undone_by(rolled_back)]
