"""Open incidents of paused monitors: suppressed until a check after the pause."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Incident, Monitor
from services.alerting import process as alerting
from services.dependencies import parent_checks


def begin(session: Session, monitor: Monitor, *, now: datetime) -> None:
    """Suspend steps and reminders. The caller has paused the monitor and locked its state."""
    incident = _open(session, monitor)
    if incident is not None:
        alerting.proceed(session, incident, now=now)


def end(session: Session, monitor: Monitor, *, now: datetime) -> None:
    """Resume notifications once a check finds that the outage continues; request a check now."""
    incident = _open(session, monitor)
    if incident is not None:
        incident.next_at = now
        parent_checks.recheck(session, [monitor], now=now)


def _open(session: Session, monitor: Monitor) -> Incident | None:
    return session.scalars(
        select(Incident)
        .where(Incident.monitor_id == monitor.id, Incident.ended_at.is_(None))
        .execution_options(populate_existing=True)
    ).one_or_none()
