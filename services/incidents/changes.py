"""What changed lately for an organization: outages and maintenance that began or ended."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Text,
    and_,
    cast,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import Incident, MaintenanceSpan, MaintenanceWindow, Monitor

_LONGEST = timedelta(days=30)
"""The end of an outage that lasted longer is left out, so that few rows are read."""
_Column = InstrumentedAttribute[Any]
_Select = Select[Any, Any, Any, Any, Any]


class ChangeKind(StrEnum):
    BEGAN = "began"
    ENDED = "ended"
    MAINTENANCE_BEGAN = "maintenance_began"
    MAINTENANCE_ENDED = "maintenance_ended"


@dataclass(frozen=True, slots=True)
class Change:
    """`id` is that of the incident or the maintenance window; `word` is severity or resolution."""

    at: datetime
    kind: ChangeKind
    id: uuid.UUID
    name: str
    word: str | None


def since(
    session: Session, organization_id: int, start: datetime, *, now: datetime, limit: int
) -> list[Change]:
    """Return the latest changes of (start, now], newest first, with one query."""
    changes = _changes(organization_id, start, now).subquery()
    rows = session.execute(select(changes).order_by(changes.c.at.desc()).limit(limit))
    return [Change(at, ChangeKind(kind), *rest) for at, kind, *rest in rows]


def _changes(
    organization_id: int, start: datetime, now: datetime
) -> CompoundSelect[Any, Any, Any, Any, Any]:
    def at(moment: _Column) -> ColumnElement[bool]:
        return and_(moment > start, moment <= now)

    def outages(kind: ChangeKind, moment: _Column, word: _Column, oldest: datetime) -> _Select:
        return (
            _columns(kind, moment, Incident.public_id, Monitor.name, word)
            .join(Monitor, Monitor.id == Incident.monitor_id)
            .where(
                Incident.organization_id == organization_id,
                Incident.started_at > oldest,
                at(moment),
            )
        )

    def spans(kind: ChangeKind, moment: _Column) -> _Select:
        window = MaintenanceWindow
        return (
            _columns(kind, moment, window.public_id, window.name, null())
            .join(window, window.id == MaintenanceSpan.maintenance_window_id)
            .where(
                MaintenanceSpan.organization_id == organization_id,
                MaintenanceSpan.ends_at > start,
                at(moment),
            )
        )

    return union_all(
        outages(ChangeKind.BEGAN, Incident.started_at, Incident.severity, start),
        outages(ChangeKind.ENDED, Incident.ended_at, Incident.resolution, start - _LONGEST),
        spans(ChangeKind.MAINTENANCE_BEGAN, MaintenanceSpan.began_at),
        spans(ChangeKind.MAINTENANCE_ENDED, MaintenanceSpan.ends_at),
    )


def _columns(kind: ChangeKind, moment: _Column, key: _Column, name: _Column, word: Any) -> _Select:  # noqa: ANN401 - any column
    return select(
        moment.label("at"),
        literal(kind.value).label("kind"),
        key.label("id"),
        name.label("name"),
        cast(word, Text).label("word"),
    )
