"""A worker that was stopped during a check says how late its request may have left."""

import socket
from pathlib import Path
from time import sleep, time

from celery import Celery
from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models import MonitorState
from tests.devstack.eventually import eventually
from tests.servers import hostile
from tests.services.watched import watch
from tests.tasks.queue_worker import Outbox, keys_of, put, worker

CHECKS = "q.checks.default"
STOPPED_SECONDS = 2.5
LONGEST_WAIT = 0.5
"""The seconds that the engine waits for an event, and cannot tell from the beginning of a stop."""


def test_invariant_9_a_failure_may_have_begun_as_late_as_its_worker_was_stopped(
    celery: Celery, redis: Redis, servers: dict[str, str], committed: Engine, tmp_path: Path
) -> None:
    # Well ahead: however slow the machine is, the check is not late.
    slot = int(time()) + 600
    with socket.create_server(("127.0.0.1", 0)) as site:
        with Session(committed, expire_on_commit=False) as session, session.begin():
            monitor = watch(session, from_slot=int(time()) - 300)
            monitor.url = f"http://127.0.0.1:{site.getsockname()[1]}/page"
            monitor.timeout_seconds = 25
        message = Outbox(celery, servers["REDIS_URL"]).message(
            "checks.check", monitor.id, slot, 1, queue=CHECKS
        )

        def failed_at() -> float:
            with Session(committed) as session:
                return session.get_one(MonitorState, monitor.id).failed_at

        with worker(tmp_path / "log", "stopped", keys_of("checks", "housekeeping")) as process:
            put(redis, message, queue=CHECKS)
            site.settimeout(60)
            connection, _ = site.accept()
            with connection:
                hostile.hear(connection)
                with process.stopped():
                    sleep(STOPPED_SECONDS)
                    connection.sendall(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
                eventually(failed_at, seconds=60)
    assert failed_at() - slot > STOPPED_SECONDS - LONGEST_WAIT
