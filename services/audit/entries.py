"""Reading the audit log: one entry, or a page of those that a filter selects, newest first."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models import AuditEntry
from models.audit_entry import Via
from services import pagination
from services.audit import chain, words
from services.errors import Invalid, NotFound
from services.pagination import Page, PageRequest

FEATURE = "audit"
"""The feature of a plan without which entries are recorded, but not read."""

_SCOPE = "audit-entries"
_ALL = ".*"
_AFTER_DOT = "/"
"""The character after the dot: all actions on a noun sort before the noun with it."""
_LAST = 2**62
MOST_OF_CHAIN = 1_000
"""The entries of one page of the chain."""
_CANDIDATES = 1_000
"""The entries with the wanted words that one request looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """What an entry must be; `action` may be all of a noun, such as `monitor.*`."""

    start: datetime | None = None
    end: datetime | None = None
    actor_id: uuid.UUID | None = None
    target_id: uuid.UUID | None = None
    action: str | None = None
    via: Via | None = None
    ip: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry, with its personal data in its places unless it was erased."""

    entry: AuditEntry

    @property
    def actor(self) -> dict[str, Any]:
        return {
            "kind": self.entry.actor_kind,
            "id": self.entry.actor_id,
            "label": self.entry.actor_label,
        }

    @property
    def target(self) -> dict[str, Any]:
        label = self.entry.target_label or (self.entry.personal or {}).get("target")
        return {"kind": self.entry.target_kind, "id": self.entry.target_id, "label": label}

    @property
    def changes(self) -> list[dict[str, Any]]:
        """Return each changed row, with its fields before and after."""
        beside = (self.entry.personal or {}).get("changes", {})
        return [
            _shown(each, beside.get(str(place), {}))
            for place, each in enumerate(self.entry.changes)
        ]

    @property
    def is_erased(self) -> bool:
        return self.entry.salt is None

    @property
    def hash(self) -> str:
        return self.entry.hash.hex()

    @property
    def previous_hash(self) -> str:
        return self.entry.previous_hash.hex()


def exported(entry: AuditEntry) -> dict[str, Any]:
    """Return what a verifier needs: what the hash covers, the personal data, and the hash."""
    return {
        "content": chain.content(entry),
        "personal": chain.personal(entry),
        "hash": entry.hash.hex(),
    }


def chain_after(session: Session, organization_id: int, sequence: int) -> Sequence[dict[str, Any]]:
    """Return the next entries of the chain in its order, as a verifier needs them."""
    rows = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.organization_id == organization_id, AuditEntry.sequence > sequence)
        .order_by(AuditEntry.sequence)
        .limit(MOST_OF_CHAIN)
    )
    return [exported(entry) for entry in rows]


def find(session: Session, organization_id: int, entry_id: uuid.UUID) -> EntryView:
    """Return an entry. Raise `NotFound` if there is none."""
    entry = session.scalars(
        select(AuditEntry).where(
            AuditEntry.organization_id == organization_id, AuditEntry.public_id == entry_id
        )
    ).one_or_none()
    if entry is None:
        raise NotFound("audit entry")
    return EntryView(entry)


def page(
    session: Session, organization_id: int, wanted: EntryFilter, request: PageRequest
) -> Page[EntryView]:
    """Return a page of entries, newest first.

    A search by words looks at the newest entries with them, so a page may be short and still have a
    next one.
    """
    before = _LAST
    if request.cursor is not None:
        (before,) = pagination.position(_SCOPE, request.cursor, int)
        if not 0 < before <= _LAST:
            raise Invalid({"cursor": ["This cursor does not belong to this list."]})
    query = (
        select(AuditEntry)
        .where(
            AuditEntry.organization_id == organization_id,
            AuditEntry.sequence < before,
            *_conditions(wanted),
        )
        .order_by(AuditEntry.sequence.desc())
        .limit(request.limit + 1)
    )
    candidates: Sequence[int] = ()
    if wanted.words is not None:
        candidates = _with_words(session, organization_id, wanted.words, before)
        query = query.where(AuditEntry.sequence.in_(candidates))
    rows = session.scalars(query).all()
    found = pagination.cut(
        rows, request.limit, lambda entry: pagination.cursor(_SCOPE, entry.sequence)
    ).each(EntryView)
    if found.next_cursor is None and len(candidates) == _CANDIDATES:
        return Page(found.items, pagination.cursor(_SCOPE, candidates[-1]))
    return found


def _with_words(session: Session, organization_id: int, text: str, before: int) -> Sequence[int]:
    query = words.query(organization_id, text)
    if query is None:
        return ()
    return session.scalars(select(func.search_audit_entries(query, before, _CANDIDATES))).all()


def _conditions(wanted: EntryFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.start is not None:
        found.append(AuditEntry.at >= wanted.start)
    if wanted.end is not None:
        found.append(AuditEntry.at < wanted.end)
    for column, value in (
        (AuditEntry.actor_id, wanted.actor_id),
        (AuditEntry.target_id, wanted.target_id),
        (AuditEntry.via, wanted.via),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.ip is not None:
        # The index is one of entries that were not erased.
        found += [AuditEntry.ip == wanted.ip, AuditEntry.salt.is_not(None)]
    if wanted.action is not None:
        found += _is_action(wanted.action)
    return found


def _is_action(name: str) -> list[ColumnElement[bool]]:
    if not name.endswith(_ALL):
        return [AuditEntry.action == name]
    noun = name.removesuffix(_ALL)
    return [AuditEntry.action >= f"{noun}.", AuditEntry.action < f"{noun}{_AFTER_DOT}"]


def _shown(said: dict[str, Any], beside: dict[str, Any]) -> dict[str, Any]:
    fields = {**said.get("fields", {}), **beside.get("fields", {})}
    return {
        "kind": said["kind"],
        "id": said["id"],
        "label": said.get("label") or beside.get("label"),
        "how": said["how"],
        "before": {name: pair[0] for name, pair in sorted(fields.items())},
        "after": {name: pair[1] for name, pair in sorted(fields.items())},
    }
