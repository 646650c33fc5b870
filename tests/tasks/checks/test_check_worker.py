"""A worker of checks that could not read credentials does not start."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from celery import Celery
from redis import Redis

from config.settings import load
from tests.servers import forks


@pytest.mark.usefixtures("redis")
def test_it_ends_at_once_and_says_how_to_make_a_key(
    celery: Celery, redis: Redis, tmp_path: Path
) -> None:
    del celery, redis
    words = ("-A", "tasks", "worker", "-Q", "q.checks.default", "-P", "threads")
    process = forks.celery(*words, log=tmp_path / "log", settings={"DOWNTIME_KEYS": ""})
    assert process.wait(60) != 0
    assert "downtime keys encryption" in (tmp_path / "log").read_text()


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
