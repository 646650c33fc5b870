"""Message keys are changed while messages flow, and none is lost by it."""

import base64
import copy
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event, Thread
from time import time

import pytest
from celery import Celery
from redis import Redis

from security.messages.keys import MessageKeys
from security.messages.messages import HEADER, Messages
from tests.devstack.eventually import eventually
from tests.tasks.queue_worker import Outbox, Raw, identities, put, refused, worker

QUEUE = "q.housekeeping"
OLD, NEW = (f"m{n}:{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))
# As docs/operations/queue.md tells: the new key is known, then it signs, then the old one is gone.
STEPS = (OLD, f"{OLD},{NEW}", f"{NEW},{OLD}", NEW)


_LONGEST_QUEUE = 20
"""Messages that wait for a worker which is about to start: more would only take longer."""


class Sender:
    """Sends all the time, with the keys of one step after the other."""

    def __init__(self, redis: Redis, message: Raw) -> None:
        self.sent = 0
        self.keys = STEPS[0]
        self._redis = redis
        self._message = message
        self._stopped = Event()

    def run(self) -> None:
        for number in count():
            if self._wait():
                return
            message = copy.deepcopy(self._message)
            message["headers"] |= {"id": str(number)}
            message["properties"]["delivery_tag"] = str(number)
            ring = MessageKeys.parse(
                MessageKeys.parse(self.keys).ring_for("beat", region="default")
            )
            Messages(ring).sign(message, QUEUE, now=time())
            put(self._redis, message)
            self.sent += 1

    def _wait(self) -> bool:
        """Pause, for longer while nobody reads; tell whether that is all."""
        while not self._stopped.wait(0.02):
            if self._redis.llen(QUEUE) < _LONGEST_QUEUE:
                return False
        return True

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = Thread(target=self.run)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join()


def ring(step: int) -> str:
    master = MessageKeys.parse(STEPS[step])
    return ",".join(master.ring_for(each, region="default") for each in ("housekeeping", "checks"))


@pytest.mark.usefixtures("committed")
def test_a_rotation_under_load_refuses_and_loses_no_message(
    celery: Celery, redis: Redis, servers: dict[str, str], tmp_path: Path
) -> None:
    message = Outbox(celery, servers["REDIS_URL"]).message("housekeeping.tokens")
    del message["headers"][HEADER]
    sender = Sender(redis, message)

    def worked_off(more: int) -> None:
        goal = sender.sent + more
        eventually(lambda: len(identities(redis)) >= goal, seconds=90)

    with sender.running():
        with worker(tmp_path / "0.log", "zero", ring(0)):
            worked_off(20)
        with worker(tmp_path / "1.log", "one", ring(1)):
            worked_off(20)
            # Senders and readers are restarted in any order within a step.
            for sender.keys in STEPS[1:3]:
                worked_off(20)
        with worker(tmp_path / "2.log", "two", ring(2)):
            worked_off(20)
        with worker(tmp_path / "3.log", "three", ring(3)):
            sender.keys = STEPS[3]
            worked_off(20)
            sender._stopped.set()
            worked_off(0)
    assert refused(redis) == {}
    assert len(identities(redis)) == sender.sent > 100
