"""Handles due incidents: the next step, a reminder, or the end of a suppression."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from models import Incident, MonitorState
from services.alerting import process as alerting

MOST = 50
"""The most incidents of one sweep, so that its transaction stays short."""
_AGAIN_AFTER = timedelta(minutes=1)

log = structlog.get_logger(__name__)


def sweep(session: Session, *, now: datetime, limit: int = MOST) -> bool:
    """Do what is due for some incidents, the longest waiting first. Safe to repeat at any time.

    Return whether there may be more. An incident that another transaction has locked is left to the
    next sweep.
    """
    due = Incident.ended_at.is_(None) & (Incident.next_at <= now)
    found = session.scalars(
        select(Incident.monitor_id).where(due).order_by(Incident.next_at).limit(limit)
    ).all()
    incidents = session.scalars(
        select(Incident)
        .where(Incident.monitor_id.in_(_locked(session, found)), due)
        .order_by(Incident.next_at)
        # The previous holder of the lock may have notified, acknowledged or ended it.
        .execution_options(populate_existing=True)
    ).all()
    for incident in incidents:
        _handle(session, incident, now=now)
    return len(found) == limit


def _locked(session: Session, monitor_ids: Sequence[int]) -> Sequence[int]:
    """Lock the states of those monitors in the order that all code uses."""
    return session.scalars(
        select(MonitorState.monitor_id)
        .where(MonitorState.monitor_id.in_(monitor_ids))
        .order_by(MonitorState.monitor_id)
        .with_for_update(key_share=True, skip_locked=True)
    ).all()


def _handle(session: Session, incident: Incident, *, now: datetime) -> None:
    """Do what is due. An incident that raises an error is tried again after a minute.

    So the error delays no other incident.
    """
    try:
        with session.begin_nested():
            alerting.proceed(session, incident, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - the log has its class
        log.error(  # noqa: TRY400 - a trace could hold an address
            "incident_not_told", incident=incident.id, error=type(error).__name__
        )
        incident.next_at = now + _AGAIN_AFTER
        session.flush()
