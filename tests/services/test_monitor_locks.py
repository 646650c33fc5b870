"""Edits and check results of one monitor at the same time: one after the other, and both count."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.outcome import Outcome
from domain.slots import FOREVER
from domain.state import State
from models import Monitor, MonitorState, Schedule
from probes.base import ProbeResult
from services import checks, monitors
from services.results import Observed
from tests.factories import monitors as make
from tests.factories.organizations import organization

NOW = datetime.now(UTC)
SLOT = int(NOW.timestamp())


@pytest.fixture
def monitor(committed: Engine) -> Monitor:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        return make.monitor(session, organization(session).id, now=NOW - timedelta(hours=1))


def edit(engine: Engine, monitor: Monitor, number: int) -> None:
    changes = {"interval_seconds": 20 + number, "url": f"https://shop.test/{number}"}
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
        checks.record(session, [observed], now=NOW)


@pytest.mark.committed
def test_edits_at_the_same_time_leave_one_running_stretch(
    committed: Engine, monitor: Monitor
) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: edit(committed, monitor, number), range(8)))
    with Session(committed) as session:
        stretches = session.scalars(select(Schedule).order_by(Schedule.from_slot)).all()
        after = session.get_one(Monitor, monitor.id)
    assert after.version == 9
    assert [row.interval_seconds for row in stretches if row.until_slot == FOREVER] == [
        after.interval_seconds
    ]
    for before, following in pairwise(stretches):
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
