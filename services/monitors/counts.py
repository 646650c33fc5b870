"""How many monitors of an organization have each status now."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.evaluation.display_status import DisplayStatus
from models import Incident
from services.monitors import lists
from services.monitors.lists import MonitorFilter


def by_status(
    session: Session, organization_id: int, *, now: datetime
) -> Mapping[DisplayStatus, int]:
    """Return a number for each status, also for those that no monitor has."""
    return lists.count_by_status(session, organization_id, MonitorFilter(), now=now)


def open_incidents(session: Session, organization_id: int) -> int:
    """Return the number of incidents that have not ended."""
    return session.scalars(
        select(func.count())
        .select_from(Incident)
        .where(Incident.organization_id == organization_id, Incident.ended_at.is_(None))
    ).one()
