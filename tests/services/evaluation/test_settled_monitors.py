"""A good check of a monitor that is plainly up is settled in SQL: just as the state machine would."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from domain.evaluation.state import State, Status, Thresholds, advance
from models import Monitor, MonitorState
from probes.base import ProbeResult
from services.checks import record as check_record
from services.evaluation.results import Observed
from tests.services.watched import DOWN, UNKNOWN, UP, at, observe, watch

NOW = 1_800_000_000
SETTLED = Status(state=State.UP, last_slot=NOW - 60)
SLOW = ProbeResult(outcome=Outcome.DEGRADED, detail="Slow.", http_status=200)

STATUSES = [
    SETTLED,
    replace(SETTLED, last_slot=NOW),
    replace(SETTLED, last_slot=NOW + 60),
    replace(SETTLED, recent=1, run_started=NOW - 60),
    replace(SETTLED, recent=2, run_started=NOW - 120),
    replace(SETTLED, state=State.PENDING),
    replace(SETTLED, state=State.DEGRADED),
    replace(SETTLED, state=State.UNKNOWN),
    replace(SETTLED, state=State.PAUSED),
    replace(SETTLED, state=State.DOWN, incident_open=True),
    replace(SETTLED, state=State.DOWN, incident_open=True, successes=1, run_started=NOW - 60),
    replace(SETTLED, state=State.UNKNOWN, incident_open=True),
]
POLICY = Thresholds(confirmations=2, recoveries=3, window=2)


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return watch(session, from_slot=NOW - 600, interval=86_400, recoveries=3)


def put(session: Session, monitor: Monitor, status: Status) -> None:
    session.execute(
        update(MonitorState)
        .where(MonitorState.monitor_id == monitor.id)
        .values(
            state=status.state,
            last_slot=status.last_slot,
            recent=status.recent,
            successes=status.successes,
            run_started=status.run_started,
            incident_open=status.incident_open,
        )
    )


def after(session: Session, monitor: Monitor, *observed: Observed) -> Status:
    check_record.record(session, observed, now=at(NOW))
    session.expire_all()
    return session.get_one(MonitorState, monitor.id).status()


@pytest.mark.parametrize("status", STATUSES, ids=str)
@pytest.mark.parametrize("result", [UP, UNKNOWN, SLOW], ids=lambda each: str(each.outcome))
def test_the_state_is_what_the_state_machine_makes_of_it(
    session: Session, monitor: Monitor, status: Status, result: ProbeResult
) -> None:
    put(session, monitor, status)
    expected = advance(status, NOW, result.outcome, POLICY).status
    assert after(session, monitor, observe(monitor, NOW, result)) == expected


def test_of_two_good_checks_in_one_batch_the_later_one_counts(
    session: Session, monitor: Monitor
) -> None:
    put(session, monitor, SETTLED)
    two = [observe(monitor, NOW + 60, UP), observe(monitor, NOW, UP)]
    assert after(session, monitor, *two) == replace(SETTLED, last_slot=NOW + 60)


def test_a_failure_beside_a_good_check_is_not_lost(session: Session, monitor: Monitor) -> None:
    put(session, monitor, SETTLED)
    two = [observe(monitor, NOW, UP), observe(monitor, NOW + 60, DOWN)]
    found = after(session, monitor, *two)
    failing = replace(SETTLED, last_slot=NOW + 60, recent=1)
    assert found == replace(failing, run_started=NOW + 60, failed_at=NOW + 60)


@pytest.mark.parametrize("strange", [{"version": 7}, {"region_id": 9}], ids=str)
def test_a_good_check_of_another_version_or_region_settles_nothing(
    session: Session, monitor: Monitor, strange: dict[str, Any]
) -> None:
    put(session, monitor, SETTLED)
    observed = replace(observe(monitor, NOW, UP), **strange)
    assert after(session, monitor, observed) == SETTLED
