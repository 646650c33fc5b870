"""Task events of a real worker, as Flower receives them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import Celery
from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tasks.worker.task_events import BURST, PER_SECOND
from tests.devstack.eventually import eventually
from tests.servers.wsgi import served
from tests.services.watched import rows_of, watch
from tests.tasks.queue_worker import Outbox, keys_of, put, worker

CHECKS, TICKS = "q.checks.default", "q.dispatch"
MANY = 40

Event = dict[str, Any]


@contextmanager
def receiving(celery: Celery) -> Iterator[list[Event]]:
    """Collect the events of tasks until the block ends."""
    events: list[Event] = []
    with celery.connection_for_read() as connection:
        receiver = celery.events.Receiver(connection, handlers={"*": events.append})
        # Without a break: what is sent between two captures is lost.
        thread = threading.Thread(target=receiver.capture, kwargs={"wakeup": False})
        thread.start()
        try:
            yield events
        finally:
            receiver.should_stop = True
            thread.join()


def test_a_worker_sends_the_events_of_a_sample_of_checks_and_ticks(
    celery: Celery, committed: Engine, redis: Redis, servers: dict[str, str], tmp_path: Path
) -> None:
    outbox = Outbox(celery, servers["REDIS_URL"])
    slot = int(time.time()) + 600
    with (
        served(lambda _, respond: (respond("200 OK", []), [])[1]) as url,
        Session(committed, expire_on_commit=False) as session,
        receiving(celery) as events,
    ):
        monitor = watch(session, from_slot=slot - 900)
        monitor.url = url
        session.commit()
        began = time.monotonic()
        with worker(
            tmp_path / "worker.log",
            "eventful",
            keys_of("checks", "dispatch"),
            queues=[CHECKS, TICKS],
        ):
            put(redis, outbox.message("dispatch.tick", [], queue=TICKS), queue=TICKS)
            eventually(lambda: _named(events, "dispatch.tick"), seconds=60)
            messages = [
                outbox.message("checks.check", monitor.id, slot + number, 1, queue=CHECKS)
                for number in range(MANY)
            ]
            put(redis, *messages, queue=CHECKS)
            eventually(lambda: len(rows_of(session, monitor)) == MANY, seconds=60)
            session.rollback()
            sampled = {each["uuid"] for each in _named(events, "checks.check")}
            eventually(lambda: sampled <= _ended(events), seconds=60)
            seconds = time.monotonic() - began
    received = _named(events, "checks.check") + _named(events, "dispatch.tick")
    assert sampled
    assert len(received) <= BURST + PER_SECOND * seconds
    assert {(each["args"], each["kwargs"]) for each in received} == {("", "")}
    assert {each["type"] for each in events if each.get("uuid") in sampled} == {
        "task-received",
        "task-started",
        "task-succeeded",
    }


def _named(events: list[Event], task: str) -> list[Event]:
    return [each for each in events if each.get("name") == task]


def _ended(events: list[Event]) -> set[str]:
    return {each["uuid"] for each in events if each["type"] == "task-succeeded"}
