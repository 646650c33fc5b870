"""Workers and beat report themselves, each under its role."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis

from services.operations.telemetry import processes
from tests.conftest import ROOT
from tests.devstack.eventually import eventually
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
    celery: Celery, redis: Redis, arguments: tuple[str, ...], component: str
) -> None:
    del celery
    with subprocess.Popen(
        [Path(sys.executable).with_name("celery"), "-A", "tasks", *arguments],
        cwd=ROOT,
        env=os.environ | {"DOWNTIME_MESSAGE_KEYS": keys_of(component)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            eventually(lambda: component in _read(redis).starts, seconds=120)
        finally:
            process.terminate()
            process.wait(60)
    found = _read(redis)
    assert found.running[component].processes == 1
    assert found.cpu_seconds[component] > 0


def _read(redis: Redis) -> processes.Processes:
    return processes.read(redis, now=processes.clock(redis))
