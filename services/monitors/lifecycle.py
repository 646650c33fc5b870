"""Changes of a monitor's state by users: begin, pause, resume, restart, and check now.

`services.checks.record` has the changes by checks. The caller has locked the rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from domain.evaluation import state as states
from domain.evaluation.state import State, Status
from models import Monitor, MonitorRegionState, MonitorState, Recheck
from services.alerting import pauses
from services.errors import Conflict
from services.events import monitors as monitor_events
from services.heartbeats import heartbeats
from services.monitors.views import MonitorView
from services.schedules import rechecks, schedules
from services.schedules.rechecks import Wanted


def begin(session: Session, monitors: Sequence[Monitor], *, now: datetime) -> list[MonitorState]:
    """Write the initial state of new monitors."""
    rows = [
        MonitorState(
            monitor_id=monitor.id,
            organization_id=monitor.organization_id,
            state=State.PAUSED if monitor.paused else State.PENDING,
            since=now,
            last_slot=0,
            recent=0,
            successes=0,
            run_started=0,
            incident_open=False,
            incident_degraded=False,
            failed_at=0.0,
            unknown_since=0,
            blind_until=0,
        )
        for monitor in monitors
    ]
    session.add_all(rows)
    session.add_all(
        each
        for monitor, row in zip(monitors, rows, strict=True)
        for each in _regions(monitor, row, now=now)
    )
    return rows


def pause(session: Session, view: MonitorView, *, now: datetime) -> None:
    """Pause a monitor; its open incident stays open and is suppressed. Idempotent."""
    if view.monitor.paused:
        return
    view.monitor.paused = True
    view.monitor.updated_at = now
    _stop(session, view.monitor, now=now)
    _apply(view.state, states.pause(view.state.status()), now=now)
    pauses.begin(session, view.monitor, now=now)
    monitor_events.changed(session, view.monitor, ["paused"], now=now)


def resume(session: Session, view: MonitorView, *, now: datetime) -> None:
    """Resume a monitor with an unknown state. Idempotent."""
    if not view.monitor.paused:
        return
    view.monitor.paused = view.monitor.paused_by_plan = False
    view.monitor.updated_at = now
    if view.heartbeat is None:
        schedules.resume(session, view.monitor, now=now)
    else:
        heartbeats.restart_expectation(session, view.monitor, now=now)
    restart(session, view, now=now)
    pauses.end(session, view.monitor, now=now)
    monitor_events.changed(session, view.monitor, ["paused"], now=now)


def restart(session: Session, view: MonitorView, *, now: datetime) -> None:
    """Discard the current run of results in every region, unless the monitor is paused."""
    if view.monitor.paused:
        return
    _apply(view.state, states.restart(view.state.status()), now=now)
    session.execute(
        delete(MonitorRegionState).where(MonitorRegionState.monitor_id == view.monitor.id)
    )
    session.add_all(_regions(view.monitor, view.state, now=now))


def finish(session: Session, view: MonitorView, *, now: datetime) -> None:
    """Stop a monitor for good: a late result must not open an incident."""
    _stop(session, view.monitor, now=now)
    _apply(view.state, replace(states.pause(view.state.status()), incident_open=False), now=now)


def check_now(session: Session, view: MonitorView, *, now: datetime) -> int:
    """Request one check outside of the schedule per region; return its slot in unix seconds.

    The slot is the second in which the check is dispatched, which is later while the dispatcher is
    stalled. Raise `Conflict` if the monitor is paused or a heartbeat.
    """
    refuse_heartbeat(view)
    if view.monitor.paused:
        raise Conflict("This monitor is paused. Resume it to check it.")
    slot = int(now.timestamp()) + 1
    rechecks.ask(
        session,
        [
            Wanted(
                monitor_id=view.monitor.id,
                region_id=region_id,
                organization_id=view.monitor.organization_id,
                due=slot,
            )
            for region_id in view.monitor.region_ids
        ],
    )
    return slot


def refuse_heartbeat(view: MonitorView) -> None:
    """Raise `Conflict` for a heartbeat, which no worker can check."""
    if view.heartbeat is not None:
        raise Conflict("A heartbeat cannot be checked: its job reports by itself.")


def _stop(session: Session, monitor: Monitor, *, now: datetime) -> None:
    schedules.end(session, monitor, now=now)
    heartbeats.expect_nothing(session, monitor)
    session.execute(delete(Recheck).where(Recheck.monitor_id == monitor.id))


def _regions(
    monitor: Monitor, state: MonitorState, *, now: datetime
) -> Iterable[MonitorRegionState]:
    """Yield an initial state for each region; a single region uses the monitor's state."""
    if len(monitor.region_ids) == 1:
        return
    status = states.restart(state.status())
    for region_id in monitor.region_ids:
        yield MonitorRegionState(
            monitor_id=monitor.id,
            region_id=region_id,
            organization_id=monitor.organization_id,
            state=status.state,
            since=now,
            last_slot=status.last_slot,
            recent=0,
            successes=0,
            run_started=0,
            incident_open=status.incident_open,
            incident_degraded=status.incident_degraded,
            outage_since=int(state.since.timestamp()) if status.incident_open else 0,
        )


def _apply(row: MonitorState, status: Status, *, now: datetime) -> None:
    if status.state is not row.state:
        row.since = now
    row.state = status.state
    row.recent = status.recent
    row.successes = status.successes
    row.run_started = status.run_started
    row.incident_open = status.incident_open
    row.incident_degraded = status.incident_degraded
    row.failed_at = status.failed_at
    row.unknown_since = status.unknown_since
