"""Redis that stops for longer than a worker waits for it ends no worker, and leaves none idle."""

import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any

import pytest
from celery import Celery
from kombu import Consumer, Queue
from kombu.message import Message
from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from config.broker import kombu_url
from devstack.servers.redis import Redis as RedisServer
from domain.evaluation.outcome import Outcome
from models import Monitor, TestRun
from services.credentials import test_runs
from services.monitors import views as monitor_views
from tests.devstack.eventually import eventually
from tests.services.watched import rows_of, watch
from tests.tasks.queue_worker import Outbox, keys_of, put, worker

QUEUE = "q.checks.default"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """Give a Redis that no other test waits for."""
    with tempfile.TemporaryDirectory(prefix="downtime-test-") as name:
        server = RedisServer(Path(name))
        yield server
        server.stop()


@pytest.fixture
def site() -> Iterator[socket.socket]:
    """Give a site that answers no request until the test does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        yield listener


@pytest.mark.parametrize("at_once", [True, False])
def test_an_acknowledgement_that_redis_does_not_answer_makes_room_all_the_same(
    celery: Celery, server: RedisServer, *, at_once: bool
) -> None:
    taken: list[Message] = []
    url = kombu_url(server.url)
    with (
        celery.connection_for_read(url, transport_options={"socket_timeout": 0.2}) as connection,
        connection.Producer() as producer,
    ):
        for number in range(4):
            celery.send_task("housekeeping.tokens", [number], producer=producer)
        channel: Any = connection.channel()
        channel.basic_qos(0, 2)
        Consumer(channel, [Queue("q.housekeeping")], on_message=taken.append).consume()
        connection.drain_events(timeout=2)
        tags = [each.delivery_tag for each in taken]
        os.kill(server.pid, signal.SIGSTOP)
        try:
            with capture_logs() as logs:
                if at_once:
                    channel.qos.ack_many(tags)
                else:
                    for each in taken:
                        each.ack()
        finally:
            os.kill(server.pid, signal.SIGCONT)
        assert {each["event"] for each in logs} == {"acknowledgement_lost"}
        connection.drain_events(timeout=2)
        assert len(taken) == 4


def watched(engine: Engine, site: socket.socket) -> Monitor:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        monitor = watch(session, from_slot=int(time()) - 300)
        monitor.url = f"http://127.0.0.1:{site.getsockname()[1]}/"
        monitor.timeout_seconds = 25
        return monitor


def traced(engine: Engine, monitor: Monitor) -> int:
    with Session(engine) as session, session.begin():
        view = monitor_views.find(session, monitor.organization_id, monitor.public_id)
        return test_runs.request(session, view, now=datetime.now(UTC)).id


def report_of(engine: Engine, test_run_id: int) -> dict[str, Any]:
    with Session(engine) as session:
        return session.get_one(TestRun, test_run_id).report or {}


def rows(engine: Engine, monitor: Monitor) -> dict[int, Outcome]:
    with Session(engine) as session:
        return rows_of(session, monitor)


def asked(site: socket.socket, count: int) -> list[socket.socket]:
    """Wait until the site was asked so often at the same time."""
    return [site.accept()[0] for _ in range(count)]


def answer(connections: list[socket.socket]) -> None:
    for connection in connections:
        connection.settimeout(20)
        connection.recv(65536)
        connection.sendall(ANSWER)
        connection.close()


def test_a_worker_whose_redis_stopped_goes_on_with_as_many_messages_as_before(
    celery: Celery,
    committed: Engine,
    servers: dict[str, str],
    server: RedisServer,
    site: socket.socket,
    tmp_path: Path,
) -> None:
    monitor = watched(committed, site)
    outbox = Outbox(celery, servers["REDIS_URL"])
    # Well ahead: however slow the machine is, these are no checks of the past.
    slot = int(time()) + 600

    def check_and_trace(slot: int) -> int:
        test_run_id = traced(committed, monitor)
        check = outbox.message("checks.check", monitor.id, slot, 1, queue=QUEUE)
        test_run = outbox.message("checks.test_run", test_run_id, queue=QUEUE)
        put(redis, check, test_run, queue=QUEUE)
        return test_run_id

    with (
        Redis.from_url(server.url) as redis,
        worker(
            tmp_path / "worker.log",
            "stopped",
            keys_of("checks", "housekeeping"),
            queues=[QUEUE],
            prefetch=2,
            settings={"REDIS_URL": server.url},
        ) as running,
    ):
        first = check_and_trace(slot)
        connections = asked(site, 2)
        os.kill(server.pid, signal.SIGSTOP)
        try:
            answer(connections)
            # The trace waits for as long as it may; the check may have to wait for its turn to wait.
            eventually(lambda: "acknowledgement_lost" in running.said(), seconds=60)
        finally:
            os.kill(server.pid, signal.SIGCONT)
        eventually(lambda: rows(committed, monitor) == {slot: Outcome.UP}, seconds=60)
        assert report_of(committed, first)["outcome"] == "up"
        second = check_and_trace(slot + 60)
        answer(asked(site, 2))
        eventually(lambda: slot + 60 in rows(committed, monitor), seconds=60)
        eventually(lambda: report_of(committed, second), seconds=60)
        # Neither had to wait until the other was given up.
        assert rows(committed, monitor)[slot + 60] is Outcome.UP
        assert report_of(committed, second)["outcome"] == "up"
        assert running.running, running.said()
