"""How many monitors of an organization have each status now, and how many incidents are open."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from domain.evaluation.display_status import DisplayStatus
from domain.evaluation.state import State
from models import Incident, Monitor, MonitorState, OnCallSchedule
from services.maintenance import active as active_maintenance


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """How many incidents are open, and whether there is any on-call schedule."""

    open_incidents: int
    has_schedules: bool


def total(session: Session, organization_id: int) -> int:
    """Return the number of monitors, which only edits change."""
    ours = (Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None))
    return session.scalars(select(func.count()).where(*ours)).one()


def by_status(
    session: Session, organization_id: int, *, total: int, now: datetime
) -> Mapping[DisplayStatus, int]:
    """Return a number for each status, also for those that no monitor has.

    Mostly all but a few monitors are up. So those are not read: they are what the others leave of
    the total.
    """
    covered = active_maintenance.covered(now, organization_id).cte("covered")
    rows = session.execute(
        union_all(
            _not_up(organization_id, covered),
            _up_in_maintenance(organization_id, covered),
        )
    )
    found: Counter[str] = Counter()
    for status, number in rows:
        found[status] += number
    found[State.UP] = total - found.total()
    return {status: found[status.value] for status in DisplayStatus}


def _not_up(organization_id: int, covered: CTE) -> Select[str, int]:
    """Count the monitors whose state is another one by what they are shown as."""
    is_covered = and_(MonitorState.state != State.PAUSED, Monitor.id.in_(select(covered.c.id)))
    state = cast(MonitorState.state, Text)
    shown = case((is_covered, DisplayStatus.MAINTENANCE.value), else_=state)
    others = [state for state in State if state is not State.UP]
    return _of_states(organization_id, shown).where(MonitorState.state.in_(others)).group_by(shown)


def _up_in_maintenance(organization_id: int, covered: CTE) -> Select[str, int]:
    # As an array, so that its few monitors are looked up and not all walked.
    these = func.array(select(covered.c.id).scalar_subquery())
    return _of_states(organization_id, literal(DisplayStatus.MAINTENANCE.value)).where(
        MonitorState.state == State.UP, MonitorState.monitor_id == any_(these)
    )


def _of_states(organization_id: int, shown: ColumnElement[str]) -> Select[str, int]:
    # The organization of the state itself, so that its index is used.
    return (
        select(shown, func.count())
        .join_from(MonitorState, Monitor, Monitor.id == MonitorState.monitor_id)
        .where(MonitorState.organization_id == organization_id, Monitor.deleted_at.is_(None))
    )


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
