"""The way of a check through a worker, with a real site and a real database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from time import time

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from config.settings import load
from domain.evaluation.outcome import Outcome
from domain.evaluation.slots import phase_of
from models import CheckResult, Expiry, Monitor, MonitorCredential, Recheck
from security.egress.guard import EgressPolicy
from security.vault import KeyRing
from tasks.checks.pipeline import Pipeline, Worker
from tasks.checks.streaming import Request, Stored
from tests.factories.credentials import credential
from tests.servers.certificates import Certificates
from tests.servers.site import ScriptedSite
from tests.services.watched import rows_of, watch

Finished = SimpleQueue[Stored]


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


@pytest.fixture
def monitor(committed: Engine, site: ScriptedSite) -> Monitor:
    with Session(committed, expire_on_commit=False) as session:
        monitor = watch(session, from_slot=int(time()) - 300, confirmations=1)
        monitor.url = f"{site.url}/page"
        session.commit()
    return monitor


@pytest.fixture
def finished() -> Finished:
    return SimpleQueue()


@pytest.fixture
def pipeline(committed: Engine, finished: Finished) -> Iterator[Pipeline]:
    del committed
    pipeline = Pipeline(
        Worker(EgressPolicy(mode="any")),
        capacity=100,
        ring=KeyRing.from_settings(load()),
        stored=finished.put,
    )
    pipeline.start()
    yield pipeline
    pipeline.stop()


def rows(committed: Engine, monitor: Monitor) -> dict[int, Outcome]:
    with Session(committed) as session:
        return rows_of(session, monitor)


def wait_for(finished: Finished, count: int) -> list[Stored]:
    """Collect what is said to be stored until so many receipts are back."""
    batches: list[Stored] = []
    while sum(len(batch.receipts) for batch in batches) < count:
        batches.append(finished.get(timeout=60))
    return batches


def test_a_message_is_done_with_once_its_row_is_committed(
    pipeline: Pipeline, finished: Finished, committed: Engine, monitor: Monitor
) -> None:
    slot = int(time())
    pipeline.submit(Request(monitor.id, slot, 1, receipt="message"))
    [stored] = wait_for(finished, 1)
    assert (stored.receipts, stored.outcomes) == (["message"], [Outcome.UP])
    assert 0 <= stored.lateness[0] < 30
    assert rows(committed, monitor) == {slot: Outcome.UP}


def test_a_confirmed_outage_hands_over_its_deliveries(
    pipeline: Pipeline, finished: Finished, site: ScriptedSite, monitor: Monitor
) -> None:
    site.answer = 500
    pipeline.submit(Request(monitor.id, int(time()), 1, receipt=1))
    [stored] = wait_for(finished, 1)
    assert stored.outcomes == [Outcome.DOWN]
    assert len(stored.deliveries) == 2


def test_a_message_that_is_too_late_is_not_checked(
    pipeline: Pipeline, finished: Finished, site: ScriptedSite, committed: Engine, monitor: Monitor
) -> None:
    pipeline.submit(Request(monitor.id, int(time()) - 75, 1, receipt=1))
    [stored] = wait_for(finished, 1)
    assert (stored.stale, stored.outcomes) == (1, ())
    assert site.count == 0
    assert rows(committed, monitor) == {}


def test_invariant_9_a_row_says_how_late_its_probe_began(
    pipeline: Pipeline, finished: Finished, committed: Engine, monitor: Monitor
) -> None:
    slot = int(time()) - 3
    pipeline.submit(Request(monitor.id, slot, 1, receipt=1))
    [stored] = wait_for(finished, 1)
    with Session(committed) as session:
        [row] = session.scalars(select(CheckResult))
    assert 300 <= row.lateness == round(100 * stored.lateness[0]) < 1500


def test_invariant_9_a_message_that_comes_twice_asks_the_site_once(
    pipeline: Pipeline, finished: Finished, site: ScriptedSite, monitor: Monitor
) -> None:
    slot = int(time())
    pipeline.submit(Request(monitor.id, slot, 1, receipt="first"))
    pipeline.submit(Request(monitor.id, slot, 1, receipt="again"))
    wait_for(finished, 2)
    assert site.count == 1


def missed_by(committed: Engine, monitor: Monitor, low: int, high: int) -> int:
    """Give the monitor an interval by which its newest slot is so many seconds old; return the slot."""
    now = int(time())
    interval = next(
        each
        for each in range(300, 3000)
        if low <= (now - phase_of(monitor.id, each)) % each <= min(high, each - 60)
    )
    with committed.begin() as connection:
        connection.execute(update(Monitor).values(interval_seconds=interval))
    return now - (now - phase_of(monitor.id, interval)) % interval


def test_invariant_9_a_missed_slot_is_made_good_if_the_next_is_far_away(
    pipeline: Pipeline, finished: Finished, committed: Engine, monitor: Monitor, site: ScriptedSite
) -> None:
    slot = missed_by(committed, monitor, 20, 200)
    pipeline.submit(Request(monitor.id, slot, 1, receipt=1))
    [stored] = wait_for(finished, 1)
    assert (stored.stale, site.count) == (1, 0)
    with Session(committed) as session:
        [asked] = session.scalars(select(Recheck))
    assert asked.slot is None
    assert asked.due is not None
    assert asked.expires == asked.due + 30


def test_a_missed_slot_that_another_followed_is_not_made_good(
    pipeline: Pipeline, finished: Finished, committed: Engine, monitor: Monitor
) -> None:
    slot = missed_by(committed, monitor, 0, 200)
    with Session(committed) as session:
        interval = session.get_one(Monitor, monitor.id).interval_seconds
    pipeline.submit(Request(monitor.id, slot - interval, 1, receipt=1))
    wait_for(finished, 1)
    with Session(committed) as session:
        assert session.scalars(select(Recheck)).all() == []


def test_a_deleted_monitor_is_not_checked(
    pipeline: Pipeline, finished: Finished, site: ScriptedSite
) -> None:
    pipeline.submit(Request(4711, int(time()), 1, receipt=1))
    [stored] = wait_for(finished, 1)
    assert (stored.receipts, stored.stale, site.count) == ([1], 0, 0)


def test_a_newer_version_in_the_message_makes_the_worker_read_the_monitor_again(
    pipeline: Pipeline, finished: Finished, site: ScriptedSite, committed: Engine, monitor: Monitor
) -> None:
    slot = int(time())
    pipeline.submit(Request(monitor.id, slot, 1, receipt=1))
    wait_for(finished, 1)
    with committed.begin() as connection:
        connection.execute(update(Monitor).values(url=f"{site.url}/moved", version=2))
    pipeline.submit(Request(monitor.id, slot + 1, 2, receipt=2))
    wait_for(finished, 1)
    assert site.requests == {"/page": 1, "/moved": 1}


def test_one_result_that_the_database_refuses_costs_no_other_its_row(
    pipeline: Pipeline, finished: Finished, committed: Engine, monitor: Monitor
) -> None:
    slot = int(time())
    beyond_the_type = 2**31
    slots = [slot, slot + 1, beyond_the_type, slot + 2]
    with capture_logs() as logs:
        for number in slots:
            pipeline.submit(Request(monitor.id, number, 1, receipt=number))
        batches = wait_for(finished, 4)
    assert [each["event"] for each in logs if each["log_level"] == "error"] == ["result_refused"]
    assert sorted(receipt for batch in batches for receipt in batch.receipts) == sorted(slots)
    assert sorted(rows(committed, monitor)) == [slot, slot + 1, slot + 2]


def test_many_checks_share_few_transactions(
    pipeline: Pipeline, finished: Finished, committed: Engine, monitor: Monitor
) -> None:
    slot = int(time())
    for number in range(100):
        pipeline.submit(Request(monitor.id, slot + number, 1, receipt=number))
    batches = wait_for(finished, 100)
    assert len(rows(committed, monitor)) == 100
    assert len(batches) < 100


def test_a_monitor_whose_credential_cannot_be_read_is_not_checked_without(
    pipeline: Pipeline, finished: Finished, site: ScriptedSite, committed: Engine, monitor: Monitor
) -> None:
    with Session(committed) as session, session.begin():
        sealed = credential(session, monitor.organization_id, now=datetime.now(UTC))
        session.add(
            MonitorCredential(
                monitor_id=monitor.id,
                position=0,
                credential_id=sealed.id,
                organization_id=monitor.organization_id,
            )
        )
    pipeline.submit(Request(monitor.id, int(time()), 1, receipt=1))
    [stored] = wait_for(finished, 1)
    assert (stored.receipts, stored.outcomes, site.count) == ([1], (), 0)
    assert rows(committed, monitor) == {}


def test_the_first_check_of_a_monitor_notes_when_its_certificate_runs_out(
    pipeline: Pipeline, finished: Finished, committed: Engine, monitor: Monitor, tmp_path: Path
) -> None:
    with ScriptedSite(tls=Certificates(tmp_path).lasting(20)) as site:
        changes = {"url": f"{site.url}/", "settings": {"verify_tls": False}}
        with committed.begin() as connection:
            connection.execute(update(Monitor).values(**changes))
        for number in range(2):
            pipeline.submit(Request(monitor.id, int(time()) - number, 1, receipt=number))
            wait_for(finished, 1)
    with Session(committed) as session:
        [row] = session.scalars(select(Expiry))
        assert (row.expires_at - datetime.now(UTC)).days == 19
        assert (row.monitor_id, row.seen_at) == (monitor.id, row.next_at)
