"""Edits and check results of one monitor at the same time: one after the other, and both count."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause, Outcome
from domain.evaluation.slots import FOREVER
from domain.evaluation.state import State
from models import Incident, Monitor, MonitorState, Schedule
from probes.base import ProbeResult
from services.checks import record as check_record
from services.evaluation.results import Observed
from services.monitors import monitors
from services.monitors.changes import MonitorChanges
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.waiting import while_open

NOW = datetime.now(UTC)
SLOT = int(NOW.timestamp())


@pytest.fixture
def monitor(committed: Engine) -> Monitor:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        return make.monitor(session, organization(session).id, now=NOW - timedelta(hours=1))


def edit(engine: Engine, monitor: Monitor, number: int) -> None:
    changes: MonitorChanges = {
        "interval_seconds": 20 + number,
        "url": f"https://shop.test/{number}",
    }
    with Session(engine) as session, session.begin():
        monitors.change(session, monitor.organization_id, monitor.public_id, changes, now=NOW)


def record(engine: Engine, monitor: Monitor, slot: int) -> None:
    observed = Observed(
        organization_id=monitor.organization_id,
        monitor_id=monitor.id,
        region_id=1,
        slot=slot,
        version=None,
        result=ProbeResult(outcome=Outcome.UP, http_status=200),
    )
    with Session(engine) as session, session.begin():
        check_record.record(session, [observed], now=NOW)


@pytest.mark.committed
def test_edits_at_the_same_time_leave_one_running_stretch(
    committed: Engine, monitor: Monitor
) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: edit(committed, monitor, number), range(8)))
    with Session(committed) as session:
        spans = session.scalars(select(Schedule).order_by(Schedule.from_slot)).all()
        after = session.get_one(Monitor, monitor.id)
    assert after.version == 9
    assert [row.interval_seconds for row in spans if row.until_slot == FOREVER] == [
        after.interval_seconds
    ]
    for before, following in pairwise(spans):
        assert before.until_slot <= following.from_slot


@pytest.mark.committed
def test_results_and_edits_at_the_same_time_do_not_deadlock(
    committed: Engine, monitor: Monitor
) -> None:
    with ThreadPoolExecutor(4) as pool:
        edits = pool.map(lambda number: edit(committed, monitor, number), range(6))
        results = pool.map(lambda number: record(committed, monitor, SLOT + number), range(6))
        list(edits)
        list(results)
    with Session(committed) as session:
        row = session.get_one(MonitorState, monitor.id)
    assert row.last_slot == SLOT + 5
    assert row.state in {State.UP, State.PENDING}


@pytest.mark.committed
def test_of_two_deletions_at_the_same_time_one_finds_nothing(
    committed: Engine, monitor: Monitor
) -> None:
    def delete(_: int) -> str:
        try:
            with Session(committed) as session, session.begin():
                monitors.delete(session, monitor.organization_id, monitor.public_id, now=NOW)
        except Exception as error:  # noqa: BLE001 - its name is what the test compares
            return type(error).__name__
        return "deleted"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(delete, range(2))) == ["NotFound", "deleted"]


def during(
    engine: Engine, monitor: Monitor, changes: MonitorChanges, act: Callable[[], Any]
) -> None:
    """Edit a monitor; let another begin while the edit is not committed, and go on after it."""
    with while_open(engine, act) as (session, waiting):
        monitors.change(session, monitor.organization_id, monitor.public_id, changes, now=NOW)
    waiting.result(timeout=20)


def fail(engine: Engine, monitor: Monitor, slot: int, *, version: int | None) -> None:
    observed = Observed(
        organization_id=monitor.organization_id,
        monitor_id=monitor.id,
        region_id=1,
        slot=slot,
        version=version,
        result=ProbeResult(outcome=Outcome.DOWN, cause=Cause.STATUS, detail="Answered 500."),
    )
    with Session(engine) as session, session.begin():
        check_record.record(session, [observed], now=NOW)


@pytest.mark.committed
def test_a_failure_of_what_was_watched_before_an_edit_that_it_waited_for_does_not_count(
    committed: Engine, monitor: Monitor
) -> None:
    edit(committed, monitor, 0)
    changes: MonitorChanges = {"url": "https://elsewhere.test/", "confirmations": 1}
    during(committed, monitor, changes, lambda: fail(committed, monitor, SLOT, version=2))
    with Session(committed) as session:
        assert session.scalars(select(Incident)).all() == []
        assert session.get_one(MonitorState, monitor.id).last_slot == 0


@pytest.mark.committed
def test_a_failure_that_waited_for_an_edit_counts_by_what_the_edit_says(
    committed: Engine, monitor: Monitor
) -> None:
    edit(committed, monitor, 0)
    during(
        committed,
        monitor,
        {"confirmations": 1},
        lambda: fail(committed, monitor, SLOT, version=2),
    )
    with Session(committed) as session:
        assert len(session.scalars(select(Incident)).all()) == 1
