"""Opens and closes incidents and queues their notifications, in the caller's transaction."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.state import Severity
from models import Incident
from models.incident import Resolution
from services.alerting import flapping
from services.alerting import process as alerting
from services.dependencies import dependencies
from services.evaluation.results import Observed
from services.events import incidents as incident_events


def open_incident(
    session: Session,
    confirming: Observed,
    severity: Severity,
    *,
    started_at: datetime,
    now: datetime,
) -> None:
    """Open the incident that this check confirmed."""
    incident = _begin(session, confirming, severity, started_at=started_at, now=now)
    # The reference keeps the monitor and its state in the session for the calls below.
    watched = flapping.watched(session, incident)
    flapping.note_change(session, incident, watched, now=now)
    alerting.opened(session, incident, now=now)
    incident_events.opened(session, incident, now=now)


def change_severity(
    session: Session,
    changing: Observed,
    severity: Severity,
    *,
    changed_at: datetime,
    now: datetime,
) -> None:
    """Close the open incident and open the one with the new severity."""
    resolution = Resolution.WORSENED if severity is Severity.DOWN else Resolution.EASED
    before = _end(session, changing.monitor_id, resolution, ended_at=changed_at)
    if severity is Severity.DEGRADED:
        dependencies.wake_children(session, changing.monitor_id, now=now)
    incident_events.ended(session, before, now=now)
    incident = _begin(session, changing, severity, started_at=changed_at, now=now, follows=before)
    watched = flapping.watched(session, incident)
    flapping.note_change(session, incident, watched, now=now)
    alerting.opened(session, incident, now=now)
    incident_events.opened(session, incident, now=now)


def close_incident(session: Session, monitor_id: int, *, ended_at: datetime, now: datetime) -> None:
    """Close the open incident of a monitor that recovered."""
    incident = _end(session, monitor_id, Resolution.RECOVERED, ended_at=ended_at)
    dependencies.wake_children(session, monitor_id, now=now)
    alerting.closed(session, incident, now=now)
    watched = flapping.watched(session, incident)
    flapping.note_change(session, incident, watched, now=now)
    incident_events.closed(session, incident, now=now)


def _begin(
    session: Session,
    confirming: Observed,
    severity: Severity,
    *,
    started_at: datetime,
    now: datetime,
    follows: Incident | None = None,
) -> Incident:
    incident = Incident(
        organization_id=confirming.organization_id,
        monitor_id=confirming.monitor_id,
        severity=severity,
        follows_id=follows.id if follows else None,
        started_at=started_at,
        confirmed_at=now,
        cause=confirming.result.cause,
        detail=confirming.result.detail,
    )
    session.add(incident)
    session.flush()
    return incident


def _end(
    session: Session, monitor_id: int, resolution: Resolution, *, ended_at: datetime
) -> Incident:
    incident = session.scalars(
        select(Incident).where(Incident.monitor_id == monitor_id, Incident.ended_at.is_(None))
    ).one()
    # A region's first good check may be earlier than the check that completed the quorum.
    incident.ended_at = max(ended_at, incident.started_at)
    incident.resolution = resolution
    session.flush()
    return incident
