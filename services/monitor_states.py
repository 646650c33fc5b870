"""What users do to the state of a monitor: begin, pause, resume, restart, and check now.

What checks do to it is in `services.checks`. The rows are locked by the caller.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain import state as states
from domain.slots import shard_of
from domain.state import State, Status
from models import Monitor, MonitorState, Recheck
from services import heartbeats, schedules
from services.errors import Conflict
from services.monitor_views import MonitorView


def begin(session: Session, monitors: Iterable[Monitor], *, now: datetime) -> list[MonitorState]:
    """Write the first state of new monitors."""
    rows = [
        MonitorState(
            monitor_id=monitor.id,
            organization_id=monitor.organization_id,
            state=State.PAUSED if monitor.paused else State.PENDING,
            since=now,
            last_slot=0,
            failures=0,
            successes=0,
            run_started=0,
            incident_open=False,
        )
        for monitor in monitors
    ]
    session.add_all(rows)
    return rows


def pause(session: Session, view: MonitorView, *, now: datetime) -> None:
    """Watch no more; an open incident stays open. A paused monitor stays as it is."""
    if view.monitor.paused:
        return
    view.monitor.paused = True
    view.monitor.updated_at = now
    _stop(session, view.monitor, now=now)
    _apply(view.state, states.pause(view.state.status()), now=now)


def resume(session: Session, view: MonitorView, *, now: datetime) -> None:
    """Watch again, with nothing known. A monitor that is not paused stays as it is."""
    if not view.monitor.paused:
        return
    view.monitor.paused = False
    view.monitor.updated_at = now
    if view.heartbeat is None:
        schedules.resume(session, view.monitor, now=now)
    else:
        heartbeats.expect_anew(session, view.monitor, now=now)
    restart(view, now=now)


def restart(view: MonitorView, *, now: datetime) -> None:
    """Forget the current run of results, unless nothing is watched anyway."""
    if not view.monitor.paused:
        _apply(view.state, states.restart(view.state.status()), now=now)


def finish(session: Session, view: MonitorView, *, now: datetime) -> None:
    """Stop for good: a result that is still on its way must not open an incident."""
    _stop(session, view.monitor, now=now)
    _apply(view.state, replace(states.pause(view.state.status()), incident_open=False), now=now)


def check_now(session: Session, view: MonitorView, *, now: datetime) -> int:
    """Ask for one check outside the schedule; return its slot in unix seconds."""
    refuse_heartbeat(view)
    if view.monitor.paused:
        raise Conflict("This monitor is paused. Resume it to check it.")
    slot = int(now.timestamp()) + 1
    session.execute(
        insert(Recheck)
        .values(
            monitor_id=view.monitor.id,
            slot=slot,
            organization_id=view.monitor.organization_id,
            shard=shard_of(view.monitor.id),
        )
        .on_conflict_do_nothing()
    )
    return slot


def refuse_heartbeat(view: MonitorView) -> None:
    if view.heartbeat is not None:
        raise Conflict("Nobody can check a heartbeat: its job reports by itself.")


def _stop(session: Session, monitor: Monitor, *, now: datetime) -> None:
    schedules.end(session, monitor, now=now)
    heartbeats.expect_nothing(session, monitor)
    session.execute(delete(Recheck).where(Recheck.monitor_id == monitor.id))


def _apply(row: MonitorState, status: Status, *, now: datetime) -> None:
    if status.state is not row.state:
        row.since = now
    row.state = status.state
    row.failures = status.failures
    row.successes = status.successes
    row.run_started = status.run_started
    row.incident_open = status.incident_open
