"""Verifies a chain: every entry is as it was written, follows the one before it, and none is missing.

Whoever can write to the database as its owner could write a whole chain anew. An *anchor* finds that:
the sequence and the hash of an entry that somebody has noted elsewhere, such as in an event.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Text, Uuid, cast, select
from sqlalchemy.orm import Session

from models import AuditEntry, AuditHead
from services.audit import chain

_BATCH = 2_000
# Ids stay text, as the hash covers them.
_COLUMNS = [
    cast(column, Text).label(column.name) if isinstance(column.type, Uuid) else column
    for column in AuditEntry.__table__.columns
    if column.name != "words"
]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place of a chain."""

    sequence: int
    text: str


@dataclass(slots=True)
class Verdict:
    """The result for one chain: how much was read, and what is wrong."""

    organization_id: int
    entries: int = 0
    erased: int = 0
    """Entries whose personal data was erased, so that only their digest is left."""
    first: int = 0
    last: int = 0
    last_hash: bytes = chain.GENESIS
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        return not self.problems

    def report(self, sequence: int, text: str) -> None:
        self.problems.append(Problem(sequence, text))


def heads(session: Session) -> Sequence[int]:
    """Return the organizations that have a chain, or entries without one."""
    query = select(AuditHead.organization_id).union(select(AuditEntry.organization_id).distinct())
    return sorted(session.scalars(query))


def verify(
    session: Session, organization_id: int, anchors: Mapping[int, bytes] | None = None
) -> Verdict:
    """Read a chain from its first entry that is still kept, and return what is wrong with it.

    Stop at the first problem of an entry, because every later hash depends on it. The transaction
    must see one snapshot if entries are added meanwhile: `REPEATABLE READ`.
    """
    head = session.get(AuditHead, organization_id)
    found = Verdict(organization_id)
    if head is None:
        found.report(0, "The head of the chain is missing.")
        return found
    found.last, found.last_hash = head.pruned_sequence, head.pruned_hash
    found.first = head.pruned_sequence + 1
    wanted = dict(anchors or {})
    with _without_collections():
        _read(_entries(session, organization_id), found, wanted)
    return _compared(found, head, wanted) if found.is_intact else found


def _read(entries: Iterator[AuditEntry], found: Verdict, wanted: dict[int, bytes]) -> None:
    """Read entries in their order up to the first problem, and take the anchors that are met."""
    for entry in entries:
        problem = _problem(entry, found)
        if problem is None and wanted.pop(entry.sequence, entry.hash) != entry.hash:
            problem = "It has another hash than the anchor."
        if problem is not None:
            found.report(entry.sequence, problem)
            return
        found.entries += 1
        found.erased += entry.salt is None
        found.last, found.last_hash = entry.sequence, entry.hash


@contextmanager
def _without_collections() -> Iterator[None]:
    """Look for no circles of objects: rows have none, and looking would take half of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _compared(found: Verdict, head: AuditHead, wanted: Mapping[int, bytes]) -> Verdict:
    """Compare the last entry with the head, and look for anchors that were not met."""
    if (found.last, found.last_hash) != (head.sequence, head.hash):
        found.report(found.last + 1, "The last entries are missing, or the head was changed.")
    for sequence in wanted:
        if sequence > head.pruned_sequence:
            found.report(sequence, "The entry of an anchor is missing.")
    return found


def _problem(entry: AuditEntry, before: Verdict) -> str | None:
    """Return what is wrong with an entry after those before it."""
    if entry.sequence != before.last + 1:
        return f"Entry {before.last + 1} is missing."
    if entry.previous_hash != before.last_hash:
        return "It does not follow the entry before it."
    if chain.digest(chain.content(entry)) != entry.hash:
        return "It was changed."
    personal = chain.personal(entry)
    if personal is not None and chain.digest(personal) != entry.personal_digest:
        return "Its personal data was changed."
    return None


def _entries(session: Session, organization_id: int) -> Iterator[AuditEntry]:
    """Give the rows of entries in their order as the database sends them, without entities."""
    rows: Any = session.execute(
        select(*_COLUMNS)
        .where(AuditEntry.organization_id == organization_id)
        .order_by(AuditEntry.sequence)
        .execution_options(yield_per=_BATCH)
    )
    yield from rows
