"""The timeline of an incident: its start, notifications, actions and its end, and later notes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Incident, IncidentNote
from models.incident_note import NoteKind
from services.after_commit import hints

OPENED = "opened"
CLOSED = "closed"
KINDS = (OPENED, *(kind.value for kind in NoteKind), CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`by` is the user or contact who acted, None for this service; `words` is the note."""

    kind: str
    at: datetime
    by: str | None = None
    words: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def write(  # noqa: PLR0913 - one for each column
    session: Session,
    incident: Incident,
    kind: NoteKind,
    *,
    now: datetime,
    by: str | None = None,
    words: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry to the timeline; without `by`, this service acted."""
    session.add(
        IncidentNote(
            organization_id=incident.organization_id,
            incident_id=incident.id,
            kind=kind,
            at=now,
            by=by,
            words=words,
            facts=dict(facts or {}),
        )
    )
    hints.note(session, incident.organization_id, "incidents")


def timeline(session: Session, incident: Incident, *, most: int | None = None) -> list[Entry]:
    """Return the entries, oldest first; the start and the end come from the incident itself.

    With `most`, there are only so many others: the latest.
    """
    notes = session.scalars(
        select(IncidentNote)
        .where(
            IncidentNote.organization_id == incident.organization_id,
            IncidentNote.incident_id == incident.id,
        )
        .order_by(IncidentNote.id.desc())
        .limit(most)
    ).all()
    entries = [
        Entry(kind=note.kind.value, at=note.at, by=note.by, words=note.words, facts=note.facts)
        for note in reversed(notes)
    ]
    if incident.ended_at is not None and incident.resolution is not None:
        resolution = {"resolution": incident.resolution.value}
        entries.append(Entry(kind=CLOSED, at=incident.ended_at, facts=resolution))
        entries.sort(key=lambda entry: entry.at)  # People may add notes after the end.
    return [_opened(incident), *entries]


def _opened(incident: Incident) -> Entry:
    facts = {"severity": incident.severity.value, "cause": incident.cause.word}
    return Entry(kind=OPENED, at=incident.confirmed_at, words=incident.detail, facts=facts)
