"""What is known of the parents of a monitor, and looks at them when that is not enough."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Row, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain import heartbeat
from domain.dependencies import LONGEST_WAIT, Child, Parent, confirmed_within
from domain.slots import recheck_wait, shard_of
from domain.state import Severity, State
from models import Incident, Monitor, MonitorParent, MonitorRegionState, MonitorState, Recheck

_GOOD = frozenset({State.UP, State.DEGRADED})
_ENOUGH = 10
"""Seconds for which one look that was asked for is enough, however many children ask."""
_LOOKS = 7_203_118


@dataclass(frozen=True, slots=True)
class ParentLook:
    """A parent, what is known of it, and whether a run of failures goes on that is not confirmed."""

    monitor: Monitor
    known: Parent
    is_failing: bool


def child_of(session: Session, incident: Incident) -> Child:
    kind, last_slot, successes = session.execute(
        select(Monitor.kind, MonitorState.last_slot, MonitorState.successes)
        .join(MonitorState, MonitorState.monitor_id == Monitor.id)
        .where(Monitor.id == incident.monitor_id)
    ).one()
    # One that is just coming back is given the time to do so.
    failed_at = incident.started_at if successes else _moment(last_slot)
    return Child(
        started_at=incident.started_at,
        confirmed_at=incident.confirmed_at,
        failed_at=None if kind == heartbeat.KIND else failed_at,
    )


def parents_of(session: Session, monitor_id: int, *, now: datetime) -> list[ParentLook]:
    """Return the parents of a monitor that are watched: not those that are paused or deleted."""
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
            select(func.max(Incident.ended_at))
            .where(
                Incident.monitor_id == Monitor.id,
                Incident.severity == Severity.DOWN,
                Incident.ended_at > now - LONGEST_WAIT,
            )
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
        # Others may have changed these since this session read them.
        .execution_options(populate_existing=True)
    )
    return [ParentLook(row.Monitor, _known(row), row.is_failing) for row in rows]


def _known(row: Row[Monitor, MonitorState, bool, datetime | None]) -> Parent:
    state: MonitorState = row.MonitorState
    is_fine = state.state in _GOOD and not row.is_failing
    return Parent(
        is_down=state.incident_open and not state.incident_degraded,
        fine_at=_moment(state.last_slot) if is_fine else None,
        confirmed_within=_confirmed_within(row.Monitor),
        recovered_at=row.recovered_at,
    )


def _confirmed_within(monitor: Monitor) -> timedelta:
    """Return how long to wait for a look; nobody can look at a heartbeat."""
    if monitor.kind == heartbeat.KIND:
        return timedelta(0)
    waits = (
        min(
            recheck_wait(monitor.recheck_seconds, monitor.recheck_backoff, number),
            monitor.interval_seconds,
        )
        for number in range(1, monitor.confirmation_window)
    )
    return confirmed_within(
        (timedelta(seconds=wait) for wait in waits), timedelta(seconds=monitor.timeout_seconds)
    )


def look_at(session: Session, monitors: Iterable[Monitor], *, now: datetime) -> None:
    """Ask for a check of each of these now, from all of their regions, unless one was just asked for."""
    probed = {
        monitor.id: monitor
        for monitor in monitors
        if monitor.kind != heartbeat.KIND and not monitor.paused
    }
    due = [
        {
            "monitor_id": monitor_id,
            "slot": int(now.timestamp()) + 1,
            "region_id": region_id,
            "organization_id": probed[monitor_id].organization_id,
            "shard": shard_of(monitor_id),
        }
        for monitor_id in _unasked(session, probed, now=now)
        for region_id in probed[monitor_id].region_ids
    ]
    if due:
        session.execute(insert(Recheck).values(due).on_conflict_do_nothing())


def _unasked(session: Session, monitor_ids: Collection[int], *, now: datetime) -> Sequence[int]:
    """Leave out those that somebody else asks for at the same time: nobody waits in a circle."""
    asked = (
        select(Recheck.monitor_id)
        .where(Recheck.monitor_id == Monitor.id, Recheck.slot > int(now.timestamp()) - _ENOUGH)
        .exists()
    )
    return session.scalars(
        select(Monitor.id).where(
            Monitor.id.in_(monitor_ids),
            ~asked,
            func.pg_try_advisory_xact_lock(_LOOKS, Monitor.id),
        )
    ).all()


def _moment(slot: int) -> datetime:
    return datetime.fromtimestamp(slot, UTC)
