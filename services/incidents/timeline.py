"""The timeline of an incident: when it began, who was told and what was done, until it was over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Incident, IncidentNote
from models.incident_note import NoteKind

OPENED = "opened"
CLOSED = "closed"
KINDS = (OPENED, *(kind.value for kind in NoteKind), CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`by` is who did it, or null where it was this service; `words` is what they had to say."""

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
    """Add a line to the timeline; without `by` it was this service that did it."""
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


def timeline(session: Session, incident: Incident) -> list[Entry]:
    """Return what happened, oldest first; begin and end are those of the incident itself."""
    notes = session.scalars(
        select(IncidentNote)
        .where(
            IncidentNote.organization_id == incident.organization_id,
            IncidentNote.incident_id == incident.id,
        )
        .order_by(IncidentNote.id)
    )
    entries = [_opened(incident)]
    entries += [
        Entry(kind=note.kind.value, at=note.at, by=note.by, words=note.words, facts=note.facts)
        for note in notes
    ]
    if incident.ended_at is not None and incident.resolution is not None:
        resolution = {"resolution": incident.resolution.value}
        entries.append(Entry(kind=CLOSED, at=incident.ended_at, facts=resolution))
    return entries


def _opened(incident: Incident) -> Entry:
    facts = {"severity": incident.severity.value, "cause": incident.cause.word}
    return Entry(kind=OPENED, at=incident.confirmed_at, words=incident.detail, facts=facts)
