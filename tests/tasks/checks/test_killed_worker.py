"""The message of a check outlives its worker, and whoever gets it next still believes it."""

import socket
from pathlib import Path
from time import time

import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from models import Monitor
from tests.devstack.eventually import eventually
from tests.servers.daemon import free_port
from tests.servers.site import ScriptedSite
from tests.services.watched import rows_of, watch
from tests.tasks.queue_worker import Outbox, keys_of, put, refused, worker

CHECKS = "q.checks.default"


def watched(engine: Engine, port: int) -> Monitor:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        monitor = watch(session, from_slot=int(time()) - 300)
        monitor.url = f"http://127.0.0.1:{port}/page"
        monitor.timeout_seconds = 25
    return monitor


def let_time_out(redis: Redis) -> None:
    """Make it as if what is not acknowledged were that for longer than the visibility timeout."""
    tags = [str(tag, "ascii") for tag, _ in redis.zscan_iter("unacked_index")]
    redis.zadd("unacked_index", dict.fromkeys(tags, 1))


@pytest.mark.abuse(44)
def test_a_check_whose_worker_was_killed_is_made_by_another_and_has_one_row(
    celery: Celery,
    redis: Redis,
    servers: dict[str, str],
    committed: Engine,
    tmp_path: Path,
) -> None:
    port = free_port()
    monitor = watched(committed, port)
    # Well ahead: however slow the machine is, it is no check of the past.
    slot = int(time()) + 600

    def rows() -> dict[int, Outcome]:
        with Session(committed) as session:
            return rows_of(session, monitor)

    keys = keys_of("checks", "housekeeping")
    message = Outbox(celery, servers["REDIS_URL"]).message(
        "checks.check", monitor.id, slot, 1, queue=CHECKS
    )
    with (
        socket.create_server(("127.0.0.1", port)) as silent,
        worker(tmp_path / "first.log", "first", keys) as first,
    ):
        put(redis, message, queue=CHECKS)
        silent.settimeout(60)
        connection, _ = silent.accept()
        first.kill()
        connection.close()
    assert rows() == {}
    let_time_out(redis)
    with (
        ScriptedSite(port=port),
        worker(tmp_path / "second.log", "second", keys),
    ):
        eventually(rows, seconds=60)
        eventually(lambda: redis.hlen("unacked") == 0, seconds=60)
    assert rows() == {slot: Outcome.UP}
    assert refused(redis) == {}
