"""The queue into an engine: checks arrive from any thread and wait for admission."""

from collections import deque
from collections.abc import Callable, Iterator
from threading import Lock

from probes.boottime import boottime
from probes.engine.fair_queue import FairQueue, Limits, QueuedCheck

_AT_ONCE = 256
_EXPIRY_SECONDS = 0.25


class EngineStoppedError(RuntimeError):
    """A check was submitted to an engine that accepts no more."""


class AdmissionQueue:
    """`put` and `len` are for any thread; the rest is for the engine's thread."""

    def __init__(self, capacity: int, limits: Limits, wake: Callable[[], None]) -> None:
        self.queue = FairQueue(capacity, limits)
        self._wake = wake
        self._arrived: deque[QueuedCheck] = deque()
        self._next_expiry = 0.0
        self.is_closed = False
        self._lock = Lock()

    def __len__(self) -> int:
        """Return the number of waiting checks."""
        return len(self._arrived) + len(self.queue)

    @property
    def any_ready(self) -> bool:
        return bool(self._arrived) or self.queue.any_ready

    def put(self, check: QueuedCheck) -> None:
        with self._lock:
            if self.is_closed:
                raise EngineStoppedError
            self._arrived.append(check)
            # Earlier arrivals have woken the engine, which has not taken all of them yet.
            if len(self._arrived) == 1:
                self._wake()

    def late(self) -> Iterator[QueuedCheck]:
        """Yield the checks that waited too long, at intervals."""
        if self.queue and boottime() >= self._next_expiry:
            self._next_expiry = boottime() + _EXPIRY_SECONDS
            yield from self.queue.expired(boottime())

    def admitted(self, room: int) -> Iterator[QueuedCheck]:
        """Yield the checks to begin now, a limited number, so that running ones are served too."""
        for _ in range(len(self._arrived)):
            self.queue.add(self._arrived.popleft())
        for _ in range(min(room, _AT_ONCE)):
            check = self.queue.take()
            if check is None:
                return
            yield check

    def close(self) -> None:
        with self._lock:
            self.is_closed = True

    def clear(self) -> list[QueuedCheck]:
        """Remove all waiting checks, once no more can arrive."""
        waiting = [*self._arrived, *self.queue.clear()]
        self._arrived.clear()
        return waiting
