"""The incidents of an export: those that touch its window, by their start."""

import uuid
from datetime import datetime

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from models import Incident, Monitor
from services.exports.documents import Row
from services.exports.sources import PAGE_ROWS, Page, Position, Scope


def page(session: Session, scope: Scope, after: Position | None, *, now: datetime) -> Page:
    del now
    rows = session.execute(
        select(Incident, Monitor)
        .join(Monitor, Monitor.id == Incident.monitor_id)
        .where(*_conditions(scope, after))
        .order_by(Incident.started_at, Incident.public_id)
        .limit(PAGE_ROWS)
    ).all()
    made = [_row(incident, monitor) for incident, monitor in rows]
    if len(rows) < PAGE_ROWS:
        return Page(made, None, 1.0)
    last: Incident = rows[-1][0]
    place = {"started_at": last.started_at.isoformat(), "id": str(last.public_id)}
    return Page(made, place, _progress(scope, last.started_at))


def _conditions(scope: Scope, after: Position | None) -> list[ColumnElement[bool]]:
    window = scope.window
    conditions = [
        Incident.organization_id == scope.organization_id,
        Incident.started_at < window.end,
        Incident.ended_at.is_(None) | (Incident.ended_at > window.start),
    ]
    if scope.monitor_ids is not None:
        conditions.append(Incident.monitor_id.in_(scope.monitor_ids))
    if after is not None:
        place = (datetime.fromisoformat(after["started_at"]), uuid.UUID(after["id"]))
        conditions.append(tuple_(Incident.started_at, Incident.public_id) > place)
    return conditions


def _row(incident: Incident, monitor: Monitor) -> Row:
    ended_at = incident.ended_at
    lasted = (ended_at - incident.started_at).total_seconds() if ended_at else None
    return {
        "id": str(incident.public_id),
        "monitor_id": str(monitor.public_id),
        "monitor_name": monitor.name,
        "severity": incident.severity.value,
        "started_at": incident.started_at,
        "confirmed_at": incident.confirmed_at,
        "ended_at": ended_at,
        "duration_seconds": lasted,
        "resolution": incident.resolution.value if incident.resolution else None,
        "cause": incident.cause.word,
        "detail": incident.detail,
        "acknowledged_at": incident.acknowledged_at,
        "acknowledged_by": incident.acknowledged_by,
    }


def _progress(scope: Scope, reached: datetime) -> float:
    window = scope.window
    return max(0.0, (reached - window.start) / (window.end - window.start))
