"""The status of the parents of a monitor, and checks of parents where it is not known."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from domain.evaluation import heartbeat, quorum
from domain.evaluation.dependencies import Child, Parent, confirmed_within, last_failure
from domain.evaluation.slots import recheck_wait
from domain.evaluation.state import Severity, State, Status
from models import (
    Incident,
    IncidentNote,
    Monitor,
    MonitorParent,
    MonitorRegionState,
    MonitorState,
)
from models.incident import Suppression
from models.incident_note import NoteKind
from services import locks
from services.evaluation import region_states
from services.locks import Lock
from services.schedules import rechecks
from services.schedules.rechecks import Wanted

_GOOD = frozenset({State.UP, State.DEGRADED})
_ENOUGH = 10
"""A requested check serves all children that ask within this many seconds."""


@dataclass(frozen=True, slots=True)
class ParentStatus:
    """A parent, its status, and whether it has an unconfirmed run of failures."""

    monitor: Monitor
    known: Parent
    is_failing: bool


@dataclass(frozen=True, slots=True)
class ChildStatus:
    """A monitor with an incident, its status, and whether it has a run of good checks."""

    monitor: Monitor
    known: Child
    is_coming_back: bool


@dataclass(frozen=True, slots=True)
class OwnStatus:
    """The last known failure of a monitor; None for a heartbeat, which nobody probes.

    `recovers_within` is how long the present run of good checks takes to be confirmed: zero without
    one.
    """

    failed_at: datetime | None
    recovers_within: timedelta


def child_of(session: Session, incident: Incident, *, now: datetime) -> ChildStatus:
    monitor = session.get_one(Monitor, incident.monitor_id)
    checks, most = _checks(session, monitor)
    known = Child(
        started_at=incident.started_at,
        waits_since=_waits_since(session, incident, now=now),
        failed_at=_failed_at(monitor, checks, most),
    )
    return ChildStatus(monitor, known, any(each.successes for each in checks))


def own(session: Session, monitor: Monitor) -> OwnStatus:
    """Return what the last checks of a monitor show about its own outage."""
    checks, most = _checks(session, monitor)
    is_coming_back = any(each.successes for each in checks)
    within = _changed_within(monitor, monitor.recoveries) if is_coming_back else timedelta(0)
    return OwnStatus(_failed_at(monitor, checks, most), within)


def _failed_at(monitor: Monitor, checks: Iterable[Status], most: int) -> datetime | None:
    return None if monitor.kind == heartbeat.KIND else _moment(last_failure(checks, most))


def _checks(session: Session, monitor: Monitor) -> tuple[list[Status], int]:
    """Return the state in each region, and the number of regions that make an outage."""
    if len(monitor.region_ids) > 1:
        region_statuses = list(region_states.of(session, [monitor.id]).get(monitor.id, {}).values())
        return [region_status.status for region_status in region_statuses], quorum.needed(
            region_statuses, monitor.quorum
        )
    state = session.get_one(MonitorState, monitor.id, populate_existing=True)
    return [state.status()], 1


def _waits_since(session: Session, incident: Incident, *, now: datetime) -> datetime:
    """Return since when a check of the parents is awaited; it is not during another suppression.

    An incident that notified already does not wait again for a reminder.
    """
    if incident.notified_at is not None or incident.suppressed_by is None:
        return incident.confirmed_at
    if incident.suppressed_by is not Suppression.PARENT_UNKNOWN:
        return now
    began_at = session.scalar(
        select(func.max(IncidentNote.at)).where(
            IncidentNote.incident_id == incident.id, IncidentNote.kind == NoteKind.SUPPRESSED
        )
    )
    return began_at or incident.confirmed_at


def parents_of(session: Session, monitor_id: int) -> list[ParentStatus]:
    """Return the monitored parents of a monitor: those that are neither paused nor deleted."""
    regions_fail = (
        select(MonitorRegionState.monitor_id)
        .where(
            MonitorRegionState.monitor_id == Monitor.id,
            or_(MonitorRegionState.recent != 0, MonitorRegionState.incident_open),
        )
        .exists()
    )
    rows = session.execute(
        select(
            Monitor,
            MonitorState,
            or_(MonitorState.recent != 0, regions_fail).label("is_failing"),
            select(Incident.ended_at)
            .where(
                Incident.monitor_id == Monitor.id,
                Incident.severity == Severity.DOWN,
                Incident.ended_at.is_not(None),
            )
            .order_by(Incident.started_at.desc())
            .limit(1)
            .scalar_subquery()
            .label("recovered_at"),
        )
        .join(MonitorParent, MonitorParent.parent_id == Monitor.id)
        .join(MonitorState, MonitorState.monitor_id == Monitor.id)
        .where(
            MonitorParent.monitor_id == monitor_id,
            Monitor.deleted_at.is_(None),
            Monitor.paused.is_(False),
        )
        # Another transaction may have changed these since this session read them.
        .execution_options(populate_existing=True)
    )
    return [ParentStatus(row.Monitor, _known(row), row.is_failing) for row in rows]


def _known(row: Row[Monitor, MonitorState, bool, datetime | None]) -> Parent:
    state: MonitorState = row.MonitorState
    is_fine = state.state in _GOOD and not row.is_failing
    return Parent(
        is_down=state.incident_open and not state.incident_degraded,
        fine_at=_moment(state.last_slot) if is_fine else None,
        confirmed_within=_changed_within(row.Monitor, row.Monitor.confirmation_window),
        recovered_at=row.recovered_at,
        recovered_within=_changed_within(row.Monitor, row.Monitor.recoveries),
    )


def _changed_within(monitor: Monitor, checks: int) -> timedelta:
    """Return how long this many checks in a row take; 0 for a heartbeat, which nobody probes."""
    if monitor.kind == heartbeat.KIND:
        return timedelta(0)
    waits = (
        min(
            recheck_wait(monitor.recheck_seconds, monitor.recheck_backoff, number),
            monitor.interval_seconds,
        )
        for number in range(1, checks)
    )
    return confirmed_within(
        (timedelta(seconds=wait) for wait in waits), timedelta(seconds=monitor.timeout_seconds)
    )


def recheck(session: Session, monitors: Iterable[Monitor], *, now: datetime) -> None:
    """Request a check of each monitor now from all its regions, unless one was just requested."""
    probed = {
        monitor.id: monitor
        for monitor in monitors
        if monitor.kind != heartbeat.KIND and not monitor.paused
    }
    if not probed:
        return
    rechecks.ask(
        session,
        [
            Wanted(
                monitor_id=monitor_id,
                region_id=region_id,
                organization_id=probed[monitor_id].organization_id,
                due=int(now.timestamp()) + 1,
            )
            for monitor_id in _unasked(session, probed, now=now)
            for region_id in probed[monitor_id].region_ids
        ],
    )


def unasked(now: datetime) -> ColumnElement[bool]:
    """Return whether no check of the query's monitor was requested a moment ago."""
    return ~rechecks.are_wanted(int(now.timestamp()) - _ENOUGH)


def is_coming_back() -> ColumnElement[bool]:
    """Return whether the query's monitor has a run of good checks, which its rechecks continue."""
    by_region = MonitorRegionState.monitor_id == Monitor.id, MonitorRegionState.successes != 0
    state = MonitorState.monitor_id == Monitor.id, MonitorState.successes != 0
    return or_(exists().where(*state), exists().where(*by_region))


def is_looked_at() -> ColumnElement[bool]:
    """Return whether the query's monitor can be probed now."""
    return and_(Monitor.kind != heartbeat.KIND, ~Monitor.paused)


def _unasked(session: Session, monitor_ids: Collection[int], *, now: datetime) -> Sequence[int]:
    """Return the monitors without a recent request, except those that another transaction requests.

    Skipping those avoids deadlocks.
    """
    return session.scalars(
        select(Monitor.id).where(
            Monitor.id.in_(monitor_ids),
            unasked(now),
            locks.taken(Lock.PARENT_RECHECK, Monitor.id.expression),
        )
    ).all()


def _moment(slot: int) -> datetime:
    return datetime.fromtimestamp(slot, UTC)
