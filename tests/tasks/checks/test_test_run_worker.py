"""Traces in a real worker of checks, beside the checks that stream; and what a kill leaves behind."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Any

import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from config.settings import load
from devstack.roles import ROLES
from domain.evaluation.outcome import Outcome
from domain.permissions import PERMISSIONS, Role
from models import CheckResult, Monitor, TestRun
from models.test_run import TestRunState
from security.vault import KeyRing
from services.checks.dispatch import DueCheck
from services.credentials import drafts, test_runs
from services.monitors import views as monitor_views
from services.monitors.values import MonitorValues
from tests.devstack.eventually import eventually
from tests.factories.organizations import organization
from tests.servers import forks
from tests.servers.site import ScriptedSite
from tests.services.watched import watch

QUEUE = "q.checks.default"


class Worker:
    """One process of the role `worker-checks`, with what it logs."""

    def __init__(self, log: Path) -> None:
        self._log = log
        (role,) = [role for role in ROLES if role.name == "worker-checks"]
        program, *words = role.words()
        assert program == "celery"
        self.process = forks.celery(*words, log=log)

    def said(self) -> str:
        return self._log.read_text()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(20)

    def end(self) -> None:
        self.process.end(30)


@contextmanager
def worker(directory: Path) -> Iterator[Worker]:
    running = Worker(directory / f"worker-{time()}.log")
    try:
        yield running
    finally:
        running.end()


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Give a site that accepts and says nothing until it is closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def address(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def monitored(engine: Engine, url: str) -> Monitor:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        monitor = watch(session, from_slot=int(time()), interval=3600)
        monitor.url = url
        monitor.timeout_seconds = 30
        return monitor


def requested(engine: Engine, monitor: Monitor, *, ago: float = 0) -> int:
    """Write the row of a trace, as the API does."""
    with Session(engine) as session, session.begin():
        view = monitor_views.find(session, monitor.organization_id, monitor.public_id)
        now = datetime.now(UTC) - timedelta(seconds=ago)
        return test_runs.request(session, view, now=now).id


def hand_over(test_run_id: int) -> None:
    from tasks.test_runs import hand_over as send  # noqa: PLC0415 - the settings exist only now

    send(test_run_id, "default")


def trace_of(engine: Engine, test_run_id: int) -> TestRun:
    with Session(engine) as session:
        return session.get_one(TestRun, test_run_id)


def state_of(engine: Engine, test_run_id: int) -> TestRunState:
    return trace_of(engine, test_run_id).state


def report_of(engine: Engine, test_run_id: int) -> dict[str, Any]:
    eventually(lambda: state_of(engine, test_run_id) is TestRunState.DONE, seconds=60)
    report = trace_of(engine, test_run_id).report
    assert report is not None
    return report


def checks_of(engine: Engine, monitor: Monitor) -> int:
    with Session(engine) as session:
        counted = select(func.count()).where(
            CheckResult.monitor_id == monitor.id, CheckResult.outcome == Outcome.UP
        )
        return session.scalar(counted) or 0


def publish_checks(monitor: Monitor, count: int) -> None:
    from tasks.worker.publisher import publish  # noqa: PLC0415 - the settings exist only now

    now = int(time())
    publish([DueCheck(monitor.id, now + each, 1, "default") for each in range(count)])


def all_acknowledged(redis: Redis) -> bool:
    return not (redis.llen(QUEUE) or redis.hlen("unacked") or redis.zcard("unacked_index"))


@pytest.mark.usefixtures("celery")
def test_checks_stream_past_traces_that_hang_and_all_of_them_are_acknowledged(
    committed: Engine, redis: Redis, site: ScriptedSite, silent: socket.socket, tmp_path: Path
) -> None:
    hanging = [requested(committed, monitored(committed, address(silent))) for _ in range(3)]
    quick, streamed = monitored(committed, site.url), monitored(committed, site.url)
    with worker(tmp_path) as running:
        for test_run_id in hanging:
            hand_over(test_run_id)
        running_now = {TestRunState.RUNNING}
        eventually(lambda: {state_of(committed, each) for each in hanging} == running_now)
        publish_checks(streamed, 30)
        test_run_id = requested(committed, quick)
        hand_over(test_run_id)
        report = report_of(committed, test_run_id)
        assert (report["outcome"], report["address"]) == ("up", "127.0.0.1")
        assert [step["status"] for step in report["steps"]] == [200]
        eventually(lambda: checks_of(committed, streamed) == 30)
        assert checks_of(committed, quick) == 0
        assert {state_of(committed, each) for each in hanging} == running_now
        # The hanging ones alone are still held.
        eventually(lambda: redis.hlen("unacked") == 3)
        assert "egress_policy" in running.said()
        silent.close()
        assert {report_of(committed, each)["outcome"] for each in hanging} == {"down"}
        eventually(lambda: all_acknowledged(redis))


@pytest.mark.usefixtures("celery")
def test_a_killed_worker_leaves_a_trace_that_fails_and_checks_that_go_on(
    committed: Engine, redis: Redis, site: ScriptedSite, silent: socket.socket, tmp_path: Path
) -> None:
    monitor, streamed = monitored(committed, address(silent)), monitored(committed, site.url)
    test_run_id = requested(committed, monitor)
    with worker(tmp_path) as first:
        hand_over(test_run_id)
        eventually(lambda: state_of(committed, test_run_id) is TestRunState.RUNNING, seconds=60)
        first.kill()
    with worker(tmp_path):
        # As if the visibility timeout were over: whoever looks restores what was abandoned.
        abandoned: list[Any] = list(redis.hkeys("unacked"))
        redis.zadd("unacked_index", dict.fromkeys(abandoned, 1))
        publish_checks(streamed, 5)
        eventually(lambda: checks_of(committed, streamed) == 5, seconds=60)
        eventually(lambda: all_acknowledged(redis), seconds=60)
    assert state_of(committed, test_run_id) is TestRunState.RUNNING
    with Session(committed) as session, session.begin():
        overdue = session.get_one(TestRun, test_run_id).deadline_at
        found = test_runs.find(
            session, monitor, trace_of(committed, test_run_id).public_id, now=overdue
        )
        assert found.state is TestRunState.FAILED
        assert "did not finish this check in time" in str(found.problem)


def test_a_trace_whose_message_was_lost_is_handed_over_by_the_sweep(
    celery: Celery, committed: Engine, redis: Redis, site: ScriptedSite, tmp_path: Path
) -> None:
    from tasks import test_runs as tasks  # noqa: PLC0415 - the settings exist only now

    # As if the API were killed between its commit and its message.
    test_run_id = requested(committed, monitored(committed, site.url), ago=6)
    overdue = requested(committed, monitored(committed, site.url), ago=61)
    celery.tasks[tasks.sweep.name]()
    assert redis.llen(QUEUE) == 1
    assert state_of(committed, overdue) is TestRunState.FAILED
    with worker(tmp_path):
        assert report_of(committed, test_run_id)["outcome"] == "up"


@pytest.mark.usefixtures("celery")
def test_the_same_message_twice_is_one_check(
    committed: Engine, redis: Redis, site: ScriptedSite, tmp_path: Path
) -> None:
    test_run_id = requested(committed, monitored(committed, site.url))
    hand_over(test_run_id)
    hand_over(test_run_id)
    with worker(tmp_path):
        report_of(committed, test_run_id)
        eventually(lambda: all_acknowledged(redis), seconds=60)
    assert site.count == 1


@pytest.mark.usefixtures("celery")
def test_values_that_are_not_stored_are_tried_by_a_worker(
    committed: Engine, site: ScriptedSite
) -> None:
    from tasks import test_runs as tasks  # noqa: PLC0415 - the settings exist only now

    settings = {"method": "POST", "body": "typed just now"}
    given = MonitorValues(name="Shop", url=site.url, settings=settings)
    with Session(committed) as session, session.begin():
        own = organization(session).id
        draft = drafts.of_new(session, own, given, own=PERMISSIONS[Role.OWNER])
        now = datetime.now(UTC)
        ring = KeyRing.from_settings(load())
        test_run_id = test_runs.request_draft(session, own, draft, ring=ring, now=now).id
    tasks.test_run(test_run_id)
    found = trace_of(committed, test_run_id)
    assert (found.state, found.ciphertext) == (TestRunState.DONE, None)
    assert found.report is not None
    assert found.report["outcome"] == "up"
    assert site.count == 1
