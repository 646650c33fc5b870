"""What keeps an incident from being told for now."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Incident, MonitorState
from models.incident import Hold
from services import dependencies, maintenance


@dataclass(frozen=True, slots=True)
class Held:
    """`until` is when to look again; without one somebody else wakes the incident."""

    by: Hold
    until: datetime | None = None


def of(session: Session, incident: Incident, *, now: datetime) -> Held | None:
    """Return the first thing that holds the incident; when that ends, the next is looked for."""
    if _flapping(session, incident):
        return Held(Hold.FLAPPING)
    window_ends = maintenance.until(session, [incident.monitor_id], now=now)
    if incident.monitor_id in window_ends:
        return Held(Hold.MAINTENANCE, window_ends[incident.monitor_id])
    parent = dependencies.hold(session, incident, now=now)
    return Held(*parent) if parent else None


def _flapping(session: Session, incident: Incident) -> bool:
    since = select(MonitorState.flapping_since).where(
        MonitorState.monitor_id == incident.monitor_id
    )
    return session.scalars(since).one_or_none() is not None
