"""The heartbeats of the demo: their pings, and the next one that is expected."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from devstack.demo.history.placing import Placed
from devstack.demo.story.past import Run, Story
from domain.evaluation.heartbeat import Signal
from models import Heartbeat, Ping, PingReceiverSpan
from services.heartbeats import heartbeats
from services.schedules import schedules


def write(session: Session, story: Story, placed: Sequence[Placed]) -> None:
    """Write the pings of all runs, and that nobody missed one."""
    _receive_always(session, story)
    for each in placed:
        schedules.cover(session, each.monitor, from_slot=each.first)
        for run in each.watched.runs:
            session.add_all(_pings(each, run))
        _expect(each, session.get_one(Heartbeat, each.monitor.id))
    session.flush()


def receive_until(session: Session, now: datetime) -> None:
    """Extend the span of the ping receiver, which the API goes on with."""
    span = update(PingReceiverSpan).where(PingReceiverSpan.until_at < now).values(until_at=now)
    session.execute(span.execution_options(synchronize_session=False))


def _receive_always(session: Session, story: Story) -> None:
    """Extend the span of the running API into the past, or write one up to now."""
    extended = session.execute(
        update(PingReceiverSpan)
        .values(began_at=story.start)
        .execution_options(synchronize_session=False)
    )
    if not extended.rowcount:  # type: ignore[attr-defined]  # the result of an update
        session.add(PingReceiverSpan(began_at=story.start, until_at=story.now))


def _pings(placed: Placed, run: Run) -> list[Ping]:
    milliseconds = round((run.end - run.start).total_seconds() * 1000)
    signal = Signal.FAIL if run.exit_code else Signal.SUCCESS
    return [
        _ping(placed, run.start, Signal.START),
        _ping(
            placed,
            run.end,
            signal,
            exit_code=run.exit_code,
            duration_ms=milliseconds,
            body="tar: /srv/orders: file changed as we read it\n" if run.exit_code else "",
        ),
    ]


def _ping(
    placed: Placed,
    at: datetime,
    signal: Signal,
    *,
    exit_code: int | None = None,
    duration_ms: int | None = None,
    body: str = "",
) -> Ping:
    return Ping(
        monitor_id=placed.monitor.id,
        organization_id=placed.monitor.organization_id,
        received_at=at,
        signal=signal,
        exit_code=exit_code,
        run_id=None,
        duration_ms=duration_ms,
        body=body,
    )


def _expect(placed: Placed, row: Heartbeat) -> None:
    """Expect the ping after the last run, or after the one that was missed."""
    last, missed = placed.watched.runs[-1], placed.present
    row.last_ping_at = last.end
    row.last_duration_ms = round((last.end - last.start).total_seconds() * 1000)
    row.last_exit_code = last.exit_code
    settings = heartbeats.settings_of(placed.monitor)
    since = last.end if missed is None else missed.outage.start
    heartbeats.set_expectation(row, settings.after(since))
