"""A worker of checks that could not read credentials does not start."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from celery import Celery
from redis import Redis

from config.settings import load
from tests.conftest import ROOT


@pytest.mark.usefixtures("redis")
def test_it_ends_at_once_and_says_how_to_make_a_key(celery: Celery, redis: Redis) -> None:
    del celery, redis
    environment = {name: value for name, value in os.environ.items() if name != "DOWNTIME_KEYS"}
    celery_program = Path(sys.executable).with_name("celery")
    done = subprocess.run(
        [celery_program, "-A", "tasks", "worker", "-Q", "q.checks.default", "-P", "threads"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "downtime keys encryption" in done.stderr


@pytest.mark.parametrize(("queue", "needs_key"), [("q.checks.north", True), ("q.dispatch", False)])
def test_only_workers_of_checks_need_a_key(
    celery: Celery, monkeypatch: pytest.MonkeyPatch, queue: str, *, needs_key: bool
) -> None:
    del celery
    from tasks.checks import check  # noqa: PLC0415 - the settings exist only now

    monkeypatch.setenv("DOWNTIME_KEYS", "")
    load.cache_clear()
    worker = SimpleNamespace(
        app=SimpleNamespace(amqp=SimpleNamespace(queues=SimpleNamespace(consume_from={queue: 1})))
    )
    try:
        if needs_key:
            with pytest.raises(SystemExit, match="DOWNTIME_KEYS"):
                check._refuse_without_key(worker)
        else:
            check._refuse_without_key(worker)
    finally:
        monkeypatch.undo()
        load.cache_clear()


def test_a_worker_of_other_queues_starts_no_pipeline(celery: Celery) -> None:
    from tasks.checks import check  # noqa: PLC0415 - the settings exist only now

    before = check.pipeline.cache_info().currsize
    queues = SimpleNamespace(consume_from={"q.dispatch": 1})
    consumer = SimpleNamespace(app=SimpleNamespace(amqp=SimpleNamespace(queues=queues)))
    check._begin(consumer)
    assert check.pipeline.cache_info().currsize == before
    del celery
