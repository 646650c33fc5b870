"""How many monitors of an organization have each status now."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.evaluation.display_status import DisplayStatus
from models import Incident, Monitor, MonitorState
from services.monitors import lists


def by_status(
    session: Session, organization_id: int, *, now: datetime
) -> Mapping[DisplayStatus, int]:
    """Return a number for each status, also for those that no monitor has."""
    shown = lists.display_status(organization_id, now)
    rows = session.execute(
        select(shown, func.count())
        .select_from(Monitor)
        .join(MonitorState, MonitorState.monitor_id == Monitor.id)
        .where(Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None))
        .group_by(shown)
    )
    counted = {DisplayStatus(status): number for status, number in rows}
    return {status: counted.get(status, 0) for status in DisplayStatus}


def open_incidents(session: Session, organization_id: int) -> int:
    """Return the number of incidents that have not ended."""
    return session.scalars(
        select(func.count())
        .select_from(Incident)
        .where(Incident.organization_id == organization_id, Incident.ended_at.is_(None))
    ).one()
