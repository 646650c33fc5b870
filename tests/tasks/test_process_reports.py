"""Workers and beat report themselves, each under its role."""

from pathlib import Path

import pytest
from celery import Celery
from redis import Redis

from services.operations.telemetry import processes
from tests.devstack.eventually import eventually
from tests.servers import forks
from tests.tasks.queue_worker import keys_of


@pytest.mark.parametrize(
    ("queues", "role"),
    [
        (["q.checks.eu-west"], "checks"),
        (["q.dispatch"], "dispatch"),
        (["q.housekeeping", "q.exports"], "exports"),
        (["elsewhere"], "other"),
    ],
)
def test_a_worker_has_the_role_of_its_queue(celery: Celery, queues: list[str], role: str) -> None:
    del celery
    from tasks.process_reports import role_of  # noqa: PLC0415 - the settings exist only now

    assert role_of(queues) == role


@pytest.mark.parametrize(
    ("arguments", "component"),
    [(("beat",), "beat"), (("worker", "-P", "threads", "-Q", "q.exports"), "exports")],
)
def test_a_process_reports_itself(
    celery: Celery, redis: Redis, arguments: tuple[str, ...], component: str, tmp_path: Path
) -> None:
    del celery
    keys = {"DOWNTIME_MESSAGE_KEYS": keys_of(component)}
    process = forks.celery("-A", "tasks", *arguments, log=tmp_path / "log", settings=keys)
    try:
        eventually(lambda: component in _read(redis).starts, seconds=120)
    finally:
        process.end(60)
    found = _read(redis)
    assert found.running[component].processes == 1
    assert found.cpu_seconds[component] > 0


def _read(redis: Redis) -> processes.Processes:
    return processes.read(redis, now=processes.clock(redis))
