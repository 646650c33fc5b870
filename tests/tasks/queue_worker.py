"""A real worker on its queues, and messages as any process of ours would send them."""

import json
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import Celery
from redis import Redis

from config.broker import kombu_url
from security.messages.keys import MessageKeys
from services.operations.telemetry import messages as message_telemetry
from tests.devstack.eventually import eventually
from tests.servers import forks

QUEUES = ("q.housekeeping", "q.checks.default")

Raw = dict[str, Any]


def keys_of(*components: str) -> str:
    """Give the keys of components, as an operator makes them from the master key."""
    master = MessageKeys.parse(os.environ["DOWNTIME_MESSAGE_KEYS"])
    rings = [master.ring_for(component, region="default") for component in components]
    return ",".join(dict.fromkeys(part for ring in rings for part in ring.split(",")))


class Worker:
    """One process of Celery; what it logs is in a file."""

    def __init__(self, process: forks.Fork, log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def said(self) -> str:
        return self._log.read_text(errors="replace")

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let it stand still until the block ends."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it as the kernel would, and without a word."""
        self._process.kill()
        self._process.wait(60)


@contextmanager
def worker(
    log: Path,
    node: str,
    keys: str,
    *,
    queues: Sequence[str] = QUEUES,
    prefetch: int = 200,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Worker]:
    """Run one until the block ends; it reads its queues before the block begins.

    It has two threads and takes `prefetch` messages, an even number, before any is done with.
    """
    multiplier = ["--prefetch-multiplier", str(prefetch // 2)]
    options = ["-Q", ",".join(queues), "-P", "threads", "-c", "2", *multiplier]
    quiet = ["--without-gossip", "--without-mingle"]
    words = ["-A", "tasks", "worker", "-n", f"{node}@%h", *options, *quiet]
    own = {"DOWNTIME_MESSAGE_KEYS": keys, **(settings or {})}
    process = forks.celery(*words, log=log, settings=own)
    started = Worker(process, log)
    try:
        eventually(lambda: " ready." in started.said() or not started.running, seconds=120)
        assert started.running, started.said()
        yield started
    finally:
        process.end(120)


class Outbox:
    """Makes messages just as they go to Redis, and holds them back."""

    def __init__(self, celery: Celery, url: str) -> None:
        # Another number of the same Redis, where nobody reads.
        self._url = f"{url}?db=7" if url.startswith("unix:") else f"{url.rpartition('/')[0]}/7"
        self._celery = celery

    def message(self, task: str, *args: object, queue: str = "q.housekeeping") -> Raw:
        """Return a signed message of a task."""
        with (
            Redis.from_url(self._url) as aside,
            self._celery.connection_for_write(kombu_url(self._url)) as connection,
        ):
            aside.delete(queue)
            with connection.Producer() as producer:
                self._celery.send_task(
                    task, args, queue=queue, producer=producer, ignore_result=True
                )
            (raw,) = aside.lrange(queue, 0, -1)
            aside.flushdb()
        message: Raw = json.loads(raw)
        return message


def put(redis: Redis, *messages: Raw | bytes, queue: str = "q.housekeeping") -> None:
    """Do what anyone can who reaches Redis: put something into a queue."""
    for each in messages:
        redis.lpush(queue, each if isinstance(each, bytes) else json.dumps(each))


def refused(redis: Redis) -> dict[str, int]:
    return message_telemetry.refused(redis)


def identities(redis: Redis) -> set[str]:
    """Give what is noted of messages that were worked off."""
    keys = (str(key, "ascii") for key in redis.scan_iter("messages:finished:*"))
    return {key.rpartition(":")[2] for key in keys}
