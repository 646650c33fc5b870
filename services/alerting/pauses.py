"""Outages of monitors that are paused: nobody is told while that lasts, nor before the next look."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Incident, Monitor
from services.alerting import process as alerting
from services.dependencies import parent_checks


def begin(session: Session, monitor: Monitor, *, now: datetime) -> None:
    """Let steps and reminders rest; whoever calls this has locked the state, and paused it."""
    incident = _open(session, monitor)
    if incident is not None:
        alerting.proceed(session, incident, now=now)


def end(session: Session, monitor: Monitor, *, now: datetime) -> None:
    """Let telling go on as soon as a look says that the outage does; one is asked for at once."""
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
