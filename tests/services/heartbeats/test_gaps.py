"""Deadlines that passed while we did not listen: unknown, and nobody is told of an outage that was ours."""

import pytest
from sqlalchemy.orm import Session

from domain.evaluation.heartbeat import Signal
from domain.evaluation.state import State
from models import Monitor
from services.heartbeats import receiver_uptime
from services.heartbeats import sweep as heartbeat_sweep
from services.outbox import wakes
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
    receiver_uptime.note(session, now=at(70.1))
    assert len(sweep(session, 70.15)) == 1
    assert state_of(session, monitor).state is State.DOWN


def test_heartbeats_that_wait_to_be_known_keep_no_others_from_being_settled(
    session: Session, monitor: Monitor
) -> None:
    for _ in range(2):
        ping(session, heartbeat(session), 0.1)
    ping(session, monitor, 0)
    listen(session, -5, 70.05)
    wakes.take(session)
    assert not heartbeat_sweep.sweep(session, now=at(70.2), limit=2)
    assert len(wakes.take(session)) == 1


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
