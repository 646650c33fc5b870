"""Celery's task events for a sample of the checks and ticks, so that Flower shows some of them.

Events of every check would cost half of a worker. A worker sends those of at most `BURST` tasks at
once and of `PER_SECOND` a second from then on. They hold no arguments, results or errors.
"""

import time
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

from celery.worker.request import Request
from kombu.exceptions import OperationalError
from redis import RedisError

from domain.token_bucket import TokenBucket

PER_SECOND = 1.0
BURST = 5.0

_KEPT = frozenset({"runtime"})


class Sampler:
    """Decides which tasks of a process send events. Safe for threads."""

    def __init__(self) -> None:
        self._bucket = TokenBucket(rate=PER_SECOND, burst=BURST)
        self._lock = Lock()

    def admits(self, now: float) -> bool:
        """Return whether a task that a worker gets now, by a monotonic clock, sends events."""
        with self._lock:
            return self._bucket.take(now)


@cache
def sampler() -> Sampler:
    """Return the sampler of this process."""
    return Sampler()


@dataclass(frozen=True, slots=True)
class SampledTask:
    """A task that sends events; only on the event loop of `consumer`."""

    consumer: Any
    task_id: str
    name: str
    began: float

    def start(self) -> None:
        """Report that the worker got the task and began it."""
        self._send("task-received", name=self.name, args="", kwargs="")
        self._send("task-started")

    def finish(self, now: float, *, is_done: bool) -> None:
        """Report the end of the task: whether it has a result, or was dropped because it is late."""
        if is_done:
            self._send("task-succeeded", runtime=now - self.began)
        else:
            self._send("task-rejected", requeue=False)

    def _send(self, event: str, **fields: object) -> None:
        # After a lost connection, the consumer has another dispatcher or none.
        dispatcher = self.consumer.event_dispatcher
        if dispatcher is not None:
            _send(dispatcher, event, uuid=self.task_id, **fields)


class SampledRequest(Request):
    """A task in the pool that sends events if the sampler admits it.

    Celery sends `task-received` for all tasks that send events, or for none.
    """

    _is_sampled: bool | None = None

    def send_event(self, type: str, **fields: Any) -> None:  # noqa: A002 - Celery's name
        if self._is_sampled is None:
            self._is_sampled = sampler().admits(time.monotonic())
            if self._is_sampled:
                self._send("task-received", name=self.name, args="", kwargs="")
        if self._is_sampled:
            self._send(type, **{name: fields[name] for name in _KEPT & fields.keys()})

    def _send(self, event: str, **fields: object) -> None:
        if self.eventer:
            _send(self.eventer, event, uuid=self.id, **fields)


def _send(dispatcher: Any, event: str, **fields: object) -> None:
    try:
        dispatcher.send(event, **fields)
    except (OperationalError, RedisError, OSError):
        # The consumer notices a lost connection by itself. Events are not worth an error.
        return
