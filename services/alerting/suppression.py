"""Why the notifications of an incident are suppressed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, exists, select
from sqlalchemy.orm import Session

from domain.alerting import pauses
from models import Incident, Monitor, MonitorParent, MonitorState
from models.incident import Suppression
from services.dependencies import dependencies, parent_checks
from services.maintenance import active as active_maintenance
from services.schedules import schedules


@dataclass(frozen=True, slots=True)
class Suppressed:
    """`until` is when to look again; without it, another change wakes the incident."""

    by: Suppression
    until: datetime | None = None


def of(session: Session, incident: Incident, *, now: datetime) -> Suppressed | None:
    """Return the first reason to suppress the incident; when it ends, the next one is looked up."""
    paused, flapping_since, window_ends, has_parents = _looked_up(session, incident, now=now)
    if paused:
        return Suppressed(Suppression.PAUSED)
    if incident.suppressed_by is Suppression.PAUSED:
        again_at = _unknown_until(session, incident, now=now)
        if again_at is not None:
            return Suppressed(Suppression.PAUSED, again_at)
    if flapping_since is not None:
        return Suppressed(Suppression.FLAPPING)
    if window_ends is not None:
        return Suppressed(Suppression.MAINTENANCE, window_ends)
    parent = dependencies.inhibition_of(session, incident, now=now) if has_parents else None
    return Suppressed(*parent) if parent else None


def _unknown_until(session: Session, incident: Incident, *, now: datetime) -> datetime | None:
    """Return when to look again after a pause, while no check has shown if the outage goes on."""
    monitor = session.get_one(Monitor, incident.monitor_id)
    status = parent_checks.own(session, monitor)
    return pauses.ask_again_at(
        schedules.began_at(session, monitor),
        status.failed_at,
        now,
        recovers_within=status.recovers_within,
    )


def _looked_up(
    session: Session, incident: Incident, *, now: datetime
) -> Row[bool, datetime | None, datetime | None, bool]:
    """Query the rare reasons together."""
    return session.execute(
        select(
            Monitor.paused,
            MonitorState.flapping_since,
            active_maintenance.ends_at(now),
            exists().where(MonitorParent.monitor_id == Monitor.id),
        )
        .join_from(Monitor, MonitorState, MonitorState.monitor_id == Monitor.id)
        .where(Monitor.id == incident.monitor_id)
    ).one()
