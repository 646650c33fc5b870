"""Passed deadlines: booked at their own time, and once."""

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from domain.evaluation.heartbeat import Signal
from domain.evaluation.state import State
from models import Delivery, Monitor, MonitorState
from services.heartbeats import sweep as heartbeat_sweep
from services.monitors import lifecycle as monitor_lifecycle
from services.monitors import views as monitor_views
from services.outbox import wakes
from tests.rights import acting
from tests.services.pinged import (
    at,
    heartbeat,
    incidents_of,
    known,
    listen,
    ping,
    results_of,
    slot,
    state_of,
    sweep,
)


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return heartbeat(session)


def test_nothing_happens_before_the_deadline(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0)
    listen(session, -5, 69)
    assert sweep(session, 69.2) == []
    assert state_of(session, monitor).state is State.UP


def test_a_passed_deadline_is_an_outage_from_the_deadline_on(
    session: Session, monitor: Monitor
) -> None:
    ping(session, monitor, 0)
    listen(session, -5, 70)
    notified = sweep(session, 70.1)
    [incident] = incidents_of(session, monitor)
    assert (incident.started_at, incident.cause.word) == (at(70), "late")
    assert incident.detail == (
        "No ping since 2026-11-24 12:00:00 UTC, expected by 2026-11-24 13:10:00 UTC."
    )
    assert results_of(session, monitor)[-1] == (slot(70), "down", "late")
    assert list(session.scalars(select(Delivery.id))) == notified
    assert len(notified) == 1


def test_a_deadline_is_settled_once(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0)
    listen(session, -5, 70)
    assert len(sweep(session, 70.1)) == 1
    assert sweep(session, 70.2) == []
    assert len(incidents_of(session, monitor)) == 1


def test_each_further_run_that_is_missed_is_booked_too(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0)
    listen(session, -5, 200)
    sweep(session, 70.1)
    assert known(session, monitor).deadline_at == at(130)
    assert sweep(session, 131) == []
    assert [row[:2] for row in results_of(session, monitor)] == [
        (slot(0), "up"),
        (slot(70), "down"),
        (slot(130), "down"),
    ]


def test_with_two_confirmations_the_second_missed_run_is_the_outage(session: Session) -> None:
    monitor = heartbeat(session, confirmations=2)
    ping(session, monitor, 0)
    listen(session, -5, 200)
    assert sweep(session, 70.1) == []
    assert len(sweep(session, 131)) == 1
    assert incidents_of(session, monitor)[0].started_at == at(70)


def test_a_late_ping_ends_the_outage(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0)
    listen(session, -5, 70)
    sweep(session, 70.1)
    ping(session, monitor, 75)
    assert incidents_of(session, monitor)[0].ended_at == at(75)
    assert known(session, monitor).deadline_at == at(145)


def test_a_ping_before_the_sweep_counts_as_in_time(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0)
    listen(session, -5, 70)
    ping(session, monitor, 70.05)
    assert sweep(session, 70.1) == []
    assert state_of(session, monitor).state is State.UP


def test_a_run_that_started_and_does_not_end_is_an_outage(
    session: Session, monitor: Monitor
) -> None:
    ping(session, monitor, 0)
    ping(session, monitor, 55, Signal.START)
    listen(session, -5, 65)
    assert len(sweep(session, 65.1)) == 1
    assert incidents_of(session, monitor)[0].detail == (
        "The run that started at 2026-11-24 12:55:00 UTC did not end by 2026-11-24 13:05:00 UTC."
    )


def test_a_heartbeat_that_was_never_pinged_is_never_late(
    session: Session, monitor: Monitor
) -> None:
    listen(session, -5, 10_000)
    assert sweep(session, 10_000.1) == []
    assert state_of(session, monitor).state is State.PENDING


def test_a_paused_heartbeat_is_never_late(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0)
    view = monitor_views.find_locked(session, monitor.organization_id, monitor.public_id)
    monitor_lifecycle.pause(session, view, now=at(5))
    listen(session, -5, 100)
    assert sweep(session, 100.1) == []
    assert state_of(session, monitor).state is State.PAUSED


def test_a_sweep_says_whether_there_is_more_to_settle(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0)
    for _ in range(2):
        ping(session, heartbeat(session), 0)
    listen(session, -5, 70)
    wakes.take(session)
    assert heartbeat_sweep.sweep(session, now=at(70.1), limit=2)
    assert len(wakes.take(session)) == 2
    assert not heartbeat_sweep.sweep(session, now=at(70.1), limit=2)
    assert len(wakes.take(session)) == 1


def test_one_heartbeat_that_cannot_be_read_keeps_no_other_from_being_settled(
    session: Session, monitor: Monitor
) -> None:
    other = heartbeat(session)
    ping(session, monitor, 0)
    ping(session, other, 0)
    session.execute(update(Monitor).where(Monitor.id == monitor.id).values(settings={"x": 1}))
    listen(session, -5, 70)
    assert len(sweep(session, 70.1)) == 1
    assert state_of(session, monitor).state is State.UNKNOWN
    assert state_of(session, other).state is State.DOWN


def test_a_ping_that_is_being_taken_is_not_waited_for(committed: Engine) -> None:
    with Session(committed, expire_on_commit=False) as pinging, Session(committed) as sweeping:
        monitor = heartbeat(pinging)
        ping(pinging, monitor, 0)
        listen(pinging, -5, 70)
        pinging.commit()
        ping(pinging, monitor, 70.05)
        sweeping.execute(text("SET LOCAL lock_timeout = '500ms'"))
        assert sweep(sweeping, 70.1) == []
        pinging.commit()
        sweeping.commit()
        assert sweep(sweeping, 70.2) == []
        assert state_of(sweeping, monitor).state is State.UP


def test_one_heartbeat_that_cannot_be_booked_keeps_no_other_from_being_settled(
    session: Session, monitor: Monitor
) -> None:
    other = heartbeat(session)
    ping(session, monitor, 0)
    ping(session, other, 0)
    # No slot comes after this one.
    of_one = update(MonitorState).where(MonitorState.monitor_id == monitor.id)
    session.execute(of_one.values(last_slot=2**31 - 1))
    listen(session, -5, 75)
    for minutes in (70.1, 70.2):
        sweep(session, minutes)
    assert state_of(session, other).state is State.DOWN
    session.execute(of_one.values(last_slot=slot(0)))
    session.expire_all()
    assert len(sweep(session, 70.3)) == 1
    assert incidents_of(session, monitor)[0].started_at == at(70)


@pytest.mark.parametrize("signal", [Signal.SUCCESS, Signal.START])
def test_a_sweep_with_the_rights_of_a_dispatcher_books_what_no_result_came_before(
    session: Session, monitor: Monitor, signal: Signal
) -> None:
    """After a pause, or where the job only ever said that it starts, no stretch goes on."""
    ping(session, monitor, 0, signal)
    if signal is Signal.SUCCESS:
        view = monitor_views.find_locked(session, monitor.organization_id, monitor.public_id)
        monitor_lifecycle.pause(session, view, now=at(5))
        monitor_lifecycle.resume(session, view, now=at(10))
    listen(session, -5, 100)
    with acting(session, "downtime_dispatch"):
        assert len(sweep(session, 100.1)) == 1
    assert state_of(session, monitor).state is State.DOWN
