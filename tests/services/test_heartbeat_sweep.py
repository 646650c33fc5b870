"""Passed deadlines: booked at their own time, once, and never where the silence was ours."""

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from domain.heartbeat import Signal
from domain.state import State
from models import Delivery, Monitor, MonitorState
from services import heartbeat_sweep, listening, monitor_states, monitor_views, uptime
from services.windows import Window
from tests.services.pinged import (
    T,
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
    told = sweep(session, 70.1)
    [incident] = incidents_of(session, monitor)
    assert (incident.started_at, incident.cause.word) == (at(70), "late")
    assert incident.detail == (
        "No ping since 2026-11-24 12:00:00 UTC, expected by 2026-11-24 13:10:00 UTC."
    )
    assert results_of(session, monitor)[-1] == (slot(70), "down", "late")
    assert list(session.scalars(select(Delivery.id))) == told
    assert len(told) == 1


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
    monitor_states.pause(session, view, now=at(5))
    listen(session, -5, 100)
    assert sweep(session, 100.1) == []
    assert state_of(session, monitor).state is State.PAUSED


def test_invariant_1_what_we_could_not_hear_is_unknown_and_alerts_nobody(
    session: Session, monitor: Monitor
) -> None:
    ping(session, monitor, 0)
    listen(session, -5, 58)
    assert sweep(session, 75) == []
    assert state_of(session, monitor).state is State.UNKNOWN
    assert incidents_of(session, monitor) == []
    assert results_of(session, monitor)[-1] == (slot(70), "unknown", "stalled")
    assert known(session, monitor).deadline_at == at(145)


def test_invariant_1_a_gap_that_is_over_before_the_deadline_is_remembered(
    session: Session, monitor: Monitor
) -> None:
    ping(session, monitor, 0)
    listen(session, -5, 58)
    listen(session, 62, 70)
    assert sweep(session, 70.1) == []
    assert state_of(session, monitor).state is State.UNKNOWN


def test_invariant_1_an_api_that_was_down_alone_makes_a_deadline_unknown_however_often_is_swept(
    session: Session, monitor: Monitor
) -> None:
    ping(session, monitor, 0)
    listen(session, -5, 69.9)
    # A deadline that nobody noted anything about waits until that is known to be a gap.
    for minutes in (70, 70.1, 70.2):
        assert sweep(session, minutes) == []
        assert state_of(session, monitor).state is State.UP
    assert sweep(session, 70.4) == []
    assert state_of(session, monitor).state is State.UNKNOWN
    assert incidents_of(session, monitor) == []


def test_a_deadline_is_settled_once_the_next_note_shows_that_we_listened(
    session: Session, monitor: Monitor
) -> None:
    ping(session, monitor, 0)
    listen(session, -5, 69.95)
    assert sweep(session, 70.05) == []
    listening.note(session, now=at(70.1))
    assert len(sweep(session, 70.15)) == 1
    assert state_of(session, monitor).state is State.DOWN


def test_heartbeats_that_wait_to_be_known_keep_no_others_from_being_settled(
    session: Session, monitor: Monitor
) -> None:
    for _ in range(2):
        ping(session, heartbeat(session), 0.1)
    ping(session, monitor, 0)
    listen(session, -5, 70.05)
    swept = heartbeat_sweep.sweep(session, now=at(70.2), limit=2)
    assert (len(swept.deliveries), swept.more) == (1, False)


def test_a_gap_long_before_the_ping_was_due_excuses_nothing(
    session: Session, monitor: Monitor
) -> None:
    ping(session, monitor, 0)
    listen(session, -5, 20)
    listen(session, 30, 70)
    assert len(sweep(session, 70.1)) == 1


def test_invariant_1_a_ping_after_our_own_gap_leaves_no_trace_of_an_outage(
    session: Session, monitor: Monitor
) -> None:
    ping(session, monitor, 0)
    listen(session, -5, 58)
    sweep(session, 75)
    ping(session, monitor, 120)
    assert state_of(session, monitor).state is State.UP
    assert incidents_of(session, monitor) == []


def test_an_outage_that_is_open_stays_open_through_our_own_gap(
    session: Session, monitor: Monitor
) -> None:
    ping(session, monitor, 0, Signal.FAIL)
    listen(session, -5, 58)
    sweep(session, 75)
    [incident] = incidents_of(session, monitor)
    assert incident.ended_at is None
    assert state_of(session, monitor).incident_open


def test_a_sweep_says_whether_there_is_more_to_settle(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0)
    for _ in range(2):
        ping(session, heartbeat(session), 0)
    listen(session, -5, 70)
    one = heartbeat_sweep.sweep(session, now=at(70.1), limit=2)
    other = heartbeat_sweep.sweep(session, now=at(70.1), limit=2)
    assert [len(one.deliveries), one.more, len(other.deliveries), other.more] == [2, True, 1, False]


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


def test_invariant_5_uptime_of_a_heartbeat_is_monitored_from_its_first_ping(
    session: Session, monitor: Monitor
) -> None:
    listen(session, -5, 200)
    ping(session, monitor, 10)
    sweep(session, 80.1)
    ping(session, monitor, 100)
    window = Window(T, at(120))
    figures = uptime.of_monitor(session, monitor, window, now=at(120))
    assert (figures.up, figures.down, figures.unknown) == (90 * 60, 20 * 60, 0)


def test_invariant_5_our_own_gap_is_unknown_until_the_next_ping(
    session: Session, monitor: Monitor
) -> None:
    ping(session, monitor, 0)
    listen(session, -5, 58)
    sweep(session, 75)
    until_now = uptime.of_monitor(session, monitor, Window(T, at(90)), now=at(90))
    assert (until_now.up, until_now.down, until_now.unknown) == (70 * 60, 0, 20 * 60)
    ping(session, monitor, 100)
    later = uptime.of_monitor(session, monitor, Window(T, at(120)), now=at(120))
    assert (later.up, later.down, later.unknown) == (90 * 60, 0, 30 * 60)


def test_time_in_a_pause_is_not_monitored(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0)
    view = monitor_views.find_locked(session, monitor.organization_id, monitor.public_id)
    monitor_states.pause(session, view, now=at(20))
    monitor_states.resume(session, view, now=at(40))
    ping(session, monitor, 50)
    figures = uptime.of_monitor(session, monitor, Window(T, at(60)), now=at(60))
    assert figures.monitored == pytest.approx(30 * 60, abs=2)
    assert figures.percent == 100


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
        monitor_states.pause(session, view, now=at(5))
        monitor_states.resume(session, view, now=at(10))
    listen(session, -5, 100)
    session.execute(text("SET LOCAL ROLE downtime_dispatch"))
    assert len(sweep(session, 100.1)) == 1
    assert state_of(session, monitor).state is State.DOWN
