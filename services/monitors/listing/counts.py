"""How many monitors of an organization have each status now, and how many incidents are open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from domain.evaluation.display_status import DisplayStatus
from models import Incident, Monitor, MonitorState, OnCallSchedule
from services.monitors.listing import lists
from services.monitors.listing.lists import MonitorFilter


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """How many incidents are open, and whether there is any on-call schedule."""

    open_incidents: int
    has_schedules: bool


def by_status(
    session: Session, organization_id: int, *, now: datetime
) -> Mapping[DisplayStatus, int]:
    """Return a number for each status, also for those that no monitor has."""
    return lists.count_by_status(session, organization_id, MonitorFilter(), now=now)


def for_frame(session: Session, organization_id: int) -> FrameCounts:
    """Return what the frame around each page has to know, with one query."""
    is_open = (Incident.organization_id == organization_id, Incident.ended_at.is_(None))
    incidents = select(func.count()).select_from(Incident).where(*is_open).scalar_subquery()
    schedules = exists().where(OnCallSchedule.organization_id == organization_id)
    return FrameCounts(*session.execute(select(incidents, schedules)).one())


def last_slot(session: Session, organization_id: int) -> int:
    """Return the slot of the latest check of any monitor, in unix seconds; 0 if there is none."""
    query = select(func.max(MonitorState.last_slot)).where(
        MonitorState.organization_id == organization_id
    )
    return session.scalar(query) or 0


def is_the_only_one(session: Session, organization_id: int) -> bool:
    """Return whether the organization has exactly one monitor; it reads two rows at most."""
    there = select(Monitor.id).where(
        Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None)
    )
    return len(session.scalars(there.limit(2)).all()) == 1
