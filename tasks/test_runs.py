"""Test runs: one check at a time beside the streaming ones, in a worker of the monitor's region."""

import time
from typing import Any

import structlog
from kombu import Queue
from kombu.exceptions import OperationalError
from redis import RedisError

from config.settings import load
from models.session import database_now, session_scope
from security.egress.guard import EgressPolicy
from security.vault import KeyRing
from services.credentials import test_runs
from services.credentials.test_runs import StartedTestRun
from services.credentials.unsealed import OpenCredentials
from tasks.app import app
from tasks.hints import publish_committed
from tasks.worker.publisher import check_queue
from tasks.worker.redis_client import redis_client
from tasks.worker.retry import until_committed

_PATIENCE_SECONDS = 15.0

log = structlog.get_logger(__name__)


@app.task(name="checks.test_run", ignore_result=True)
def test_run(test_run_id: int) -> None:
    """Make the check and store its report. If the process is killed, it fails at its deadline."""
    from probes.engine.one_off_check import as_json, check_once  # noqa: PLC0415 - workers only

    settings = load()
    unsealed = OpenCredentials(KeyRing.from_settings(settings))
    with session_scope() as session:
        begun = test_runs.begin(session, test_run_id, unsealed, now=database_now(session))
    publish_committed(session)
    if begun is not None:
        report = check_once(begun.target, EgressPolicy.from_settings(settings))
        _keep(begun, as_json(report))


@app.task(name="test_runs.sweep", ignore_result=True, send_events=False)
def sweep() -> None:
    """Enqueue test runs again whose message may be lost, and fail the overdue ones."""
    with session_scope() as session:
        now = database_now(session)
        test_runs.give_up(session, now=now)
        stranded = test_runs.stranded(session, now=now)
    publish_committed(session)
    for test_run_id, region in stranded:
        hand_over(test_run_id, region)


@app.task(name="test_runs.forget", ignore_result=True)
def forget() -> None:
    """Delete test runs older than a day."""
    with session_scope() as session:
        test_runs.forget(session, now=database_now(session))


def hand_over(test_run_id: int, region: str) -> None:
    """Enqueue a test run for the workers of a region; if that fails, the sweep does it later."""
    queue = check_queue(region)
    try:
        # Without Redis, Celery would retry for six seconds while a user waits.
        redis_client().ping()
        test_run.apply_async((test_run_id,), queue=Queue(queue, routing_key=queue))
    except (OperationalError, RedisError) as error:
        log.warning("redis_gone", error=type(error).__name__)


def _keep(begun: StartedTestRun, report: dict[str, Any]) -> None:
    """Store the report, retrying while the database is unreachable for a moment."""
    patience_ends = time.monotonic() + _PATIENCE_SECONDS

    def keep() -> None:
        with session_scope() as session:
            test_runs.finish(session, begun.test_run_id, report, now=database_now(session))
        publish_committed(session)

    until_committed(keep, give_up=lambda: time.monotonic() > patience_ends)
