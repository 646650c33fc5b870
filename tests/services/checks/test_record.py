"""What recording check results makes of rows, states, incidents and deliveries."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from domain.evaluation.state import State
from models import CheckFailure, Delivery, Incident, Monitor, MonitorState, Recheck
from services.checks import record as check_record
from services.evaluation.results import Observed
from tests.services.watched import DOWN, UNKNOWN, UP, at, observe, rows_of, watch
from tests.services.woken import woken_by

NOW = 1_800_000_000


@pytest.fixture
def monitor(session: Session) -> Monitor:
    # So rarely that the phase, which the id decides, hardly ever puts a regular check before a recheck.
    return watch(session, from_slot=NOW - 600, interval=86_400)


def record(session: Session, *observed: Observed, now: int = NOW) -> list[int]:
    return woken_by(session, check_record.record, observed, now=at(now))


def state_of(session: Session, monitor: Monitor) -> MonitorState:
    session.expire_all()
    return session.get_one(MonitorState, monitor.id)


def incidents_of(session: Session, monitor: Monitor) -> list[Incident]:
    session.expire_all()
    query = select(Incident).where(Incident.monitor_id == monitor.id).order_by(Incident.id)
    return list(session.scalars(query))


def test_a_first_good_check_makes_a_pending_monitor_up(session: Session, monitor: Monitor) -> None:
    assert record(session, observe(monitor, NOW, UP)) == []
    state = state_of(session, monitor)
    assert (state.state, state.last_slot, state.since) == (State.UP, NOW, at(NOW))
    assert rows_of(session, monitor) == {NOW: Outcome.UP}


def test_a_first_failure_changes_no_state_but_asks_to_look_again(
    session: Session, monitor: Monitor
) -> None:
    record(session, observe(monitor, NOW - 60, UP), observe(monitor, NOW, DOWN))
    assert state_of(session, monitor).state is State.UP
    assert incidents_of(session, monitor) == []
    recheck = session.scalars(select(Recheck)).one()
    assert (recheck.monitor_id, recheck.due, recheck.slot) == (monitor.id, NOW + 10, None)


def test_a_recheck_waits_from_the_begin_of_a_late_probe(session: Session, monitor: Monitor) -> None:
    late = replace(observe(monitor, NOW, DOWN), lateness=12.2)
    record(session, late, now=NOW + 13)
    assert session.scalars(select(Recheck.due)).one() == NOW + 23


def test_a_known_result_after_an_unknown_one_of_its_slot_counts(
    session: Session, monitor: Monitor
) -> None:
    record(session, observe(monitor, NOW, DOWN), observe(monitor, NOW + 10, UNKNOWN))
    record(session, observe(monitor, NOW + 10, DOWN))
    [incident] = incidents_of(session, monitor)
    assert incident.started_at == at(NOW)
    record(session, observe(monitor, NOW + 20, UNKNOWN))
    record(session, observe(monitor, NOW + 20, UP))
    [incident] = incidents_of(session, monitor)
    assert incident.ended_at == at(NOW + 20)
    assert rows_of(session, monitor)[NOW + 20] is Outcome.UP
    assert state_of(session, monitor).state is State.UP


def test_a_recheck_waits_until_its_probe_began_for_sure(session: Session, monitor: Monitor) -> None:
    held_up = replace(observe(monitor, NOW, DOWN), lateness=0.2, uncertainty=6.5)
    record(session, held_up, now=NOW + 7)
    assert session.scalars(select(Recheck.due)).one() == NOW + 17


def test_failures_that_may_have_been_seen_at_one_moment_confirm_nothing(
    session: Session, monitor: Monitor
) -> None:
    record(session, replace(observe(monitor, NOW, DOWN), uncertainty=6.5))
    record(session, observe(monitor, NOW + 10, DOWN))
    assert incidents_of(session, monitor) == []
    record(session, observe(monitor, NOW + 20, DOWN))
    [incident] = incidents_of(session, monitor)
    assert incident.started_at == at(NOW)


def test_a_recheck_begins_after_the_end_of_its_check(session: Session, monitor: Monitor) -> None:
    record(session, observe(monitor, NOW, DOWN), now=NOW + 14)
    assert session.scalars(select(Recheck.due)).one() == NOW + 15


def publish(session: Session, slot: int) -> None:
    """Let the recheck that waits be dispatched in this second."""
    session.execute(update(Recheck).values(slot=slot, due=None))


def test_a_recheck_that_found_out_nothing_is_followed_by_another(
    session: Session, monitor: Monitor
) -> None:
    record(session, observe(monitor, NOW, DOWN))
    publish(session, NOW + 10)
    record(session, observe(monitor, NOW + 10, UNKNOWN), now=NOW + 10)
    assert session.scalars(select(Recheck.due)).all() == [NOW + 20]
    publish(session, NOW + 20)
    record(session, observe(monitor, NOW + 20, DOWN), now=NOW + 20)
    assert session.scalars(select(Recheck)).all() == []
    assert session.scalars(select(Incident.started_at)).one() == at(NOW)


def test_the_recheck_is_gone_once_its_slot_has_a_result(session: Session, monitor: Monitor) -> None:
    record(session, observe(monitor, NOW, DOWN))
    publish(session, NOW + 10)
    record(session, observe(monitor, NOW + 10, UP), now=NOW + 11)
    assert session.scalars(select(Recheck)).all() == []


def test_a_recheck_that_is_wanted_once_more_outlives_its_result(
    session: Session, monitor: Monitor
) -> None:
    record(session, observe(monitor, NOW, DOWN))
    publish(session, NOW + 10)
    session.execute(update(Recheck).values(due=NOW + 12))
    record(session, observe(monitor, NOW + 10, UP), now=NOW + 11)
    assert session.scalars(select(Recheck.due)).one() == NOW + 12


def test_no_recheck_is_noted_when_the_regular_check_is_as_soon(session: Session) -> None:
    monitor = watch(session, from_slot=NOW - 600, interval=5)
    record(session, observe(monitor, NOW, DOWN))
    assert session.scalars(select(Recheck)).all() == []


def test_the_confirmed_outage_began_at_its_first_failing_check(
    session: Session, monitor: Monitor
) -> None:
    record(session, observe(monitor, NOW - 60, UP), observe(monitor, NOW, DOWN))
    notified = record(session, observe(monitor, NOW + 10, DOWN), now=NOW + 12)
    [incident] = incidents_of(session, monitor)
    assert (incident.started_at, incident.confirmed_at) == (at(NOW), at(NOW + 12))
    assert (incident.ended_at, incident.detail) == (None, "Answered 500.")
    assert state_of(session, monitor).since == at(NOW)
    assert len(notified) == 2


def test_the_recovery_ends_the_incident_and_tells_who_was_told(
    session: Session, monitor: Monitor
) -> None:
    notified = record(session, observe(monitor, NOW, DOWN), observe(monitor, NOW + 10, DOWN))
    notified += record(session, observe(monitor, NOW + 60, UP), now=NOW + 61)
    [incident] = incidents_of(session, monitor)
    assert incident.ended_at == at(NOW + 60)
    events = session.execute(
        select(Delivery.id, Delivery.event, Delivery.kind).order_by(Delivery.id)
    ).all()
    assert [row.id for row in events] == sorted(notified)
    assert sorted((row.event.value, row.kind) for row in events) == [
        ("down", "email"),
        ("down", "sms"),
        ("up", "email"),
        ("up", "sms"),
    ]


def test_invariant_1_unknown_results_open_and_close_nothing(
    session: Session, monitor: Monitor
) -> None:
    record(session, *(observe(monitor, NOW + 10 * n, UNKNOWN) for n in range(5)))
    assert incidents_of(session, monitor) == []
    assert state_of(session, monitor).state is State.UNKNOWN
    record(session, observe(monitor, NOW + 60, DOWN), observe(monitor, NOW + 70, DOWN))
    record(session, observe(monitor, NOW + 80, UNKNOWN))
    [incident] = incidents_of(session, monitor)
    assert incident.ended_at is None


def test_a_repeated_batch_changes_nothing(session: Session, monitor: Monitor) -> None:
    batch = [observe(monitor, NOW, DOWN), observe(monitor, NOW + 10, DOWN)]
    assert len(record(session, *batch)) == 2
    assert record(session, *batch) == []
    assert len(incidents_of(session, monitor)) == 1


def test_a_late_result_fills_its_row_and_leaves_the_state_alone(
    session: Session, monitor: Monitor
) -> None:
    record(session, observe(monitor, NOW, UNKNOWN, version=None), observe(monitor, NOW + 60, UP))
    record(session, observe(monitor, NOW, DOWN))
    assert rows_of(session, monitor)[NOW] is Outcome.DOWN
    assert session.scalars(select(CheckFailure.detail)).all() == ["Answered 500."]
    state = state_of(session, monitor)
    assert (state.state, state.last_slot, state.recent) == (State.UP, NOW + 60, 0)


def test_a_real_row_is_never_replaced(session: Session, monitor: Monitor) -> None:
    record(session, observe(monitor, NOW, UP))
    record(session, observe(monitor, NOW, DOWN))
    record(session, observe(monitor, NOW, UNKNOWN, version=None))
    assert rows_of(session, monitor) == {NOW: Outcome.UP}


def test_a_result_of_an_older_version_is_a_row_and_nothing_else(
    session: Session, monitor: Monitor
) -> None:
    monitor.version = 2
    session.flush()
    record(session, observe(monitor, NOW, DOWN), observe(monitor, NOW + 10, DOWN))
    assert incidents_of(session, monitor) == []
    assert len(rows_of(session, monitor)) == 2


def test_invariant_10_shuffled_repeated_batches_end_as_one_row_and_one_incident(
    session: Session, monitor: Monitor
) -> None:
    script = [UP] * 4 + [DOWN] * 6 + [UP] * 5
    results = [observe(monitor, NOW + 60 * n, result) for n, result in enumerate(script)]
    chance = random.Random(7)
    for start in range(0, len(results), 5):
        window = results[start : start + 5] * 2
        for size in (3, 7):
            chance.shuffle(window)
            record(session, *window[:size])
        record(session, *window)
    rows = rows_of(session, monitor)
    assert [rows[NOW + 60 * n] for n in range(15)] == [result.outcome for result in script]
    assert all(incident.ended_at for incident in incidents_of(session, monitor))
    assert len(incidents_of(session, monitor)) <= 1


def test_more_recoveries_wanted_delay_the_end_and_back_date_it(session: Session) -> None:
    monitor = watch(session, from_slot=NOW - 600, recoveries=2)
    record(session, observe(monitor, NOW, DOWN), observe(monitor, NOW + 10, DOWN))
    record(session, observe(monitor, NOW + 60, UP), now=NOW + 61)
    assert state_of(session, monitor).state is State.DOWN
    record(session, observe(monitor, NOW + 70, UP), now=NOW + 71)
    [incident] = incidents_of(session, monitor)
    assert incident.ended_at == at(NOW + 60)
    assert incident.ended_at - incident.started_at == timedelta(seconds=60)


def test_results_of_several_monitors_are_taken_together(session: Session) -> None:
    monitors = [watch(session, from_slot=NOW - 600) for _ in range(3)]
    batch = [
        observe(monitor, NOW + 10 * n, DOWN) for n in range(2) for monitor in reversed(monitors)
    ]
    assert len(record(session, *batch)) == 6
    assert all(len(incidents_of(session, monitor)) == 1 for monitor in monitors)


def test_invariant_5_an_outage_begins_with_its_first_failing_row_whichever_ended_first(
    session: Session,
) -> None:
    monitor = watch(session, from_slot=NOW - 600, interval=5)
    record(session, observe(monitor, NOW - 5, UP))
    # The first hangs until its timeout; those after it are refused at once.
    record(session, observe(monitor, NOW + 5, DOWN))
    record(session, observe(monitor, NOW, DOWN))
    record(session, observe(monitor, NOW + 10, DOWN))
    assert [each.started_at for each in incidents_of(session, monitor)] == [at(NOW)]


def test_invariant_5_an_open_outage_moves_back_to_a_failure_that_ended_late(
    session: Session,
) -> None:
    monitor = watch(session, from_slot=NOW - 600, interval=5)
    record(session, observe(monitor, NOW - 5, UP))
    record(session, observe(monitor, NOW + 5, DOWN), observe(monitor, NOW + 10, DOWN))
    record(session, observe(monitor, NOW, DOWN))
    assert [each.started_at for each in incidents_of(session, monitor)] == [at(NOW)]
    assert state_of(session, monitor).since == at(NOW)


def test_an_outage_does_not_move_back_beyond_a_good_check(session: Session) -> None:
    monitor = watch(session, from_slot=NOW - 600, interval=5)
    record(session, observe(monitor, NOW - 5, UP))
    record(session, observe(monitor, NOW + 5, DOWN), observe(monitor, NOW + 10, DOWN))
    record(session, observe(monitor, NOW - 10, DOWN))
    assert [each.started_at for each in incidents_of(session, monitor)] == [at(NOW + 5)]


def test_an_outage_does_not_begin_before_the_blind_time_that_ended_a_run(session: Session) -> None:
    monitor = watch(session, from_slot=NOW - 600, interval=5)
    record(session, observe(monitor, NOW, DOWN))
    record(session, observe(monitor, NOW + 20, DOWN), observe(monitor, NOW + 25, DOWN))
    assert [each.started_at for each in incidents_of(session, monitor)] == [at(NOW + 20)]
