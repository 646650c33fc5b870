"""What pings make of a heartbeat: results, deadlines, durations and a log of limited length."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.evaluation.heartbeat import Signal
from domain.evaluation.state import State
from models import CheckFailure, Delivery, Monitor, Ping, Recheck, Schedule
from services.errors import NotFound
from services.heartbeats import pings
from services.heartbeats.pings import KEPT, PER_MINUTE, Message
from services.monitors import lifecycle as monitor_lifecycle
from services.monitors import monitors
from services.monitors import views as monitor_views
from services.monitors.changes import MonitorChanges
from tests.services.pinged import (
    HOURLY,
    at,
    heartbeat,
    incidents_of,
    known,
    ping,
    results_of,
    slot,
    state_of,
    token_of,
)


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return heartbeat(session)


def log_of(session: Session, monitor: Monitor) -> list[Ping]:
    query = select(Ping).where(Ping.monitor_id == monitor.id).order_by(Ping.id)
    return list(session.scalars(query))


def test_a_new_heartbeat_is_pending_and_expects_nothing(session: Session, monitor: Monitor) -> None:
    row = known(session, monitor)
    assert (row.expected_at, row.deadline_at, row.last_ping_at) == (None, None, None)
    assert state_of(session, monitor).state is State.PENDING


def test_every_heartbeat_has_an_address_that_nobody_guesses(
    session: Session, monitor: Monitor
) -> None:
    tokens = {token_of(session, each) for each in (monitor, heartbeat(session))}
    assert len(tokens) == 2
    assert all(len(token) == 32 and token.isalnum() for token in tokens)


def test_a_ping_is_an_up_result_and_sets_the_next_deadline(
    session: Session, monitor: Monitor
) -> None:
    assert ping(session, monitor, 0)
    row = known(session, monitor)
    assert (row.last_ping_at, row.expected_at, row.deadline_at) == (at(0), at(60), at(70))
    assert state_of(session, monitor).state is State.UP
    assert results_of(session, monitor) == [(slot(0), "up", "none")]


def test_the_next_ping_of_a_cron_job_is_expected_at_its_time(session: Session) -> None:
    settings = {"cron": "30 3 * * *", "time_zone": "Europe/Berlin", "grace_seconds": 600}
    monitor = heartbeat(session, settings=settings)
    ping(session, monitor, 0)
    row = known(session, monitor)
    night = at(14 * 60 + 30)
    assert (row.expected_at, row.deadline_at) == (night, night + timedelta(minutes=10))


def test_a_cron_job_whose_clock_is_a_little_fast_was_not_early(session: Session) -> None:
    monitor = heartbeat(session, settings={"cron": "0 13 * * *"})
    ping(session, monitor, 59.8)
    assert known(session, monitor).expected_at == at(25 * 60)


def test_a_reported_failure_is_an_outage_at_once(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0)
    ping(session, monitor, 60, Signal.FAIL)
    [incident] = incidents_of(session, monitor)
    assert (incident.started_at, incident.cause.word) == (at(60), "reported")
    assert incident.detail == "The job reported that it failed."
    assert session.scalar(select(func.count()).select_from(Delivery)) == 1
    assert known(session, monitor).deadline_at == at(130)


def test_an_exit_code_is_told_and_kept(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0, Signal.FAIL, exit_code=3)
    assert incidents_of(session, monitor)[0].detail == "The job ended with exit code 3."
    assert known(session, monitor).last_exit_code == 3


def test_the_next_good_ping_ends_the_outage(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0, Signal.FAIL)
    ping(session, monitor, 60)
    [incident] = incidents_of(session, monitor)
    assert incident.ended_at == at(60)
    assert state_of(session, monitor).state is State.UP


def test_what_a_failed_job_posted_is_the_evidence_of_the_failure(
    session: Session, monitor: Monitor
) -> None:
    ping(session, monitor, 0, Signal.FAIL, body="of the last time")
    ping(session, monitor, 60, Signal.SUCCESS, body="all is well")
    ping(session, monitor, 120, Signal.LOG, body="password=hunter22\nTraceback: disk full\n")
    ping(session, monitor, 121, Signal.FAIL)
    ping(session, monitor, 180, Signal.SUCCESS)
    ping(session, monitor, 240, Signal.FAIL)
    shown = session.scalars(select(CheckFailure.evidence).order_by(CheckFailure.slot)).all()
    assert [each and each["body"] for each in shown] == [
        "of the last time",
        "password=•••\nTraceback: disk full",
        None,
    ]


def test_two_confirmations_ask_for_two_failures_and_never_for_a_recheck(session: Session) -> None:
    monitor = heartbeat(session, confirmations=2)
    ping(session, monitor, 0, Signal.FAIL)
    assert incidents_of(session, monitor) == []
    assert session.scalars(select(Recheck)).all() == []
    ping(session, monitor, 60, Signal.FAIL)
    assert incidents_of(session, monitor)[0].started_at == at(0)


def test_a_failure_in_the_same_second_as_a_success_still_counts(
    session: Session, monitor: Monitor
) -> None:
    ping(session, monitor, 0)
    ping(session, monitor, 0.001, Signal.FAIL)
    assert state_of(session, monitor).state is State.DOWN
    assert [outcome for _, outcome, _ in results_of(session, monitor)] == ["up", "down"]


def test_a_start_asks_for_an_end_within_the_grace(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0)
    ping(session, monitor, 30, Signal.START)
    row = known(session, monitor)
    assert (row.started_at, row.deadline_at) == (at(30), at(40))
    assert results_of(session, monitor) == [(slot(0), "up", "none")]


def test_the_end_of_a_run_tells_how_long_it_took(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 30, Signal.START)
    ping(session, monitor, 33)
    row = known(session, monitor)
    assert (row.last_duration_ms, row.started_at) == (180_000, None)
    assert log_of(session, monitor)[-1].duration_ms == 180_000


def test_what_is_logged_in_a_run_does_not_end_it(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 30, Signal.START)
    ping(session, monitor, 31, Signal.LOG)
    ping(session, monitor, 33)
    assert known(session, monitor).last_duration_ms == 180_000


def test_runs_at_the_same_time_are_told_apart_by_their_ids(
    session: Session, monitor: Monitor
) -> None:
    one, other = uuid4(), uuid4()
    ping(session, monitor, 0, Signal.START, run_id=one)
    ping(session, monitor, 2, Signal.START, run_id=other)
    ping(session, monitor, 3, run_id=one)
    row = known(session, monitor)
    assert (row.last_duration_ms, row.run_id, row.started_at) == (180_000, other, at(2))
    ping(session, monitor, 4, run_id=other)
    row = known(session, monitor)
    assert (row.last_duration_ms, row.run_id, row.started_at) == (120_000, None, None)


def test_an_end_without_a_start_has_no_duration(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0, Signal.START)
    ping(session, monitor, 1)
    ping(session, monitor, 2)
    assert known(session, monitor).last_duration_ms is None


def test_a_log_changes_nothing_but_the_log(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0, Signal.LOG, body="half way")
    assert [each.body for each in log_of(session, monitor)] == ["half way"]
    assert known(session, monitor).deadline_at is None
    assert results_of(session, monitor) == []


def test_only_the_last_pings_are_kept(session: Session, monitor: Monitor) -> None:
    for number in range(KEPT + 3):
        ping(session, monitor, number, Signal.LOG, body=str(number))
    kept = log_of(session, monitor)
    assert [kept[0].body, kept[-1].body, len(kept)] == ["3", str(KEPT + 2), KEPT]


def test_a_flood_of_pings_is_refused_until_a_minute_has_passed(
    session: Session, monitor: Monitor
) -> None:
    taken = [ping(session, monitor, number / 1000) for number in range(PER_MINUTE + 1)]
    assert taken == [True] * PER_MINUTE + [False]
    assert len(log_of(session, monitor)) == PER_MINUTE
    assert not ping(session, monitor, 0.99)
    assert ping(session, monitor, 1.01)


def test_a_flood_at_one_heartbeat_leaves_others_alone(session: Session, monitor: Monitor) -> None:
    for number in range(PER_MINUTE):
        ping(session, monitor, number / 1000)
    assert ping(session, heartbeat(session), 0.5)


def test_a_paused_heartbeat_keeps_pings_and_expects_nothing(
    session: Session, monitor: Monitor
) -> None:
    ping(session, monitor, 0)
    view = monitor_views.find_locked(session, monitor.organization_id, monitor.public_id)
    monitor_lifecycle.pause(session, view, now=at(5))
    ping(session, monitor, 6, Signal.START)
    ping(session, monitor, 7, Signal.FAIL)
    assert known(session, monitor).deadline_at is None
    assert state_of(session, monitor).state is State.PAUSED
    assert incidents_of(session, monitor) == []
    assert len(log_of(session, monitor)) == 3


def test_a_resumed_heartbeat_is_expected_from_then_on(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0)
    view = monitor_views.find_locked(session, monitor.organization_id, monitor.public_id)
    monitor_lifecycle.pause(session, view, now=at(5))
    monitor_lifecycle.resume(session, view, now=at(100))
    assert known(session, monitor).deadline_at == at(170)


def test_other_settings_count_from_when_they_were_made(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0)
    changes: MonitorChanges = {"settings": {"period_seconds": 600}}
    monitors.change(session, monitor.organization_id, monitor.public_id, changes, now=at(30))
    assert known(session, monitor).deadline_at == at(50)


def test_the_address_of_a_deleted_heartbeat_leads_nowhere(
    session: Session, monitor: Monitor
) -> None:
    token = token_of(session, monitor)
    ping(session, monitor, 0)
    monitors.delete(session, monitor.organization_id, monitor.public_id, now=at(1))
    assert known(session, monitor).deadline_at is None
    with pytest.raises(NotFound):
        pings.receive(session, token, Message(signal=Signal.SUCCESS), now=at(2))


def test_no_dispatcher_ever_works_off_the_stretch_of_a_heartbeat(
    session: Session, monitor: Monitor
) -> None:
    assert session.scalars(select(Schedule)).all() == []
    ping(session, monitor, 0)
    ping(session, monitor, 60)
    [span] = session.scalars(select(Schedule)).all()
    assert (span.shard, span.from_slot) == (-1, slot(0))


def test_settings_that_say_no_time_at_all_are_not_stored(monitor: Monitor) -> None:
    assert monitor.settings == {**HOURLY, "cron": None, "time_zone": "UTC"}
