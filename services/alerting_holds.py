"""What keeps an incident from being told for now."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, exists, select
from sqlalchemy.orm import Session

from models import Incident, Monitor, MonitorParent, MonitorState
from models.incident import Hold
from services import dependencies, maintenance


@dataclass(frozen=True, slots=True)
class Held:
    """`until` is when to look again; without one somebody else wakes the incident."""

    by: Hold
    until: datetime | None = None


def of(session: Session, incident: Incident, *, now: datetime) -> Held | None:
    """Return the first thing that holds the incident; when that ends, the next is looked for."""
    flapping_since, window_ends, has_parents = _looked_up(session, incident, now=now)
    if flapping_since is not None:
        return Held(Hold.FLAPPING)
    if window_ends is not None:
        return Held(Hold.MAINTENANCE, window_ends)
    parent = dependencies.hold(session, incident, now=now) if has_parents else None
    return Held(*parent) if parent else None


def _looked_up(
    session: Session, incident: Incident, *, now: datetime
) -> Row[datetime | None, datetime | None, bool]:
    """Ask in one question what holds few incidents."""
    return session.execute(
        select(
            MonitorState.flapping_since,
            maintenance.ends_at(now),
            exists().where(MonitorParent.monitor_id == Monitor.id),
        )
        .join_from(Monitor, MonitorState, MonitorState.monitor_id == Monitor.id)
        .where(Monitor.id == incident.monitor_id)
    ).one()
