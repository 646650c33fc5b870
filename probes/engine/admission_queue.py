"""Where checks come into an engine, from any thread, and wait for their turn."""

from collections import deque
from collections.abc import Callable, Iterator
from threading import Lock

from probes.boottime import boottime
from probes.engine.fair_queue import FairQueue, Limits, QueuedCheck

_AT_ONCE = 256
_EXPIRY_SECONDS = 0.25


class EngineStoppedError(RuntimeError):
    """A check was submitted to an engine that takes no more."""


class AdmissionQueue:
    """Only `put` and `len` are for any thread; the rest is for the engine's."""

    def __init__(self, capacity: int, limits: Limits, wake: Callable[[], None]) -> None:
        self.queue = FairQueue(capacity, limits)
        self._wake = wake
        self._arrived: deque[QueuedCheck] = deque()
        self._next_expiry = 0.0
        self.is_closed = False
        self._lock = Lock()

    def __len__(self) -> int:
        """Count those who wait."""
        return len(self._arrived) + len(self.queue)

    @property
    def any_ready(self) -> bool:
        return bool(self._arrived) or self.queue.any_ready

    def put(self, check: QueuedCheck) -> None:
        with self._lock:
            if self.is_closed:
                raise EngineStoppedError
            self._arrived.append(check)
            # Who was there before has woken the engine, which is not through with all of them.
            if len(self._arrived) == 1:
                self._wake()

    def late(self) -> Iterator[QueuedCheck]:
        """Give those who waited too long; now and then."""
        if self.queue and boottime() >= self._next_expiry:
            self._next_expiry = boottime() + _EXPIRY_SECONDS
            yield from self.queue.expired(boottime())

    def admitted(self, room: int) -> Iterator[QueuedCheck]:
        """Give those who begin now; not all at once, so that the others are looked after too."""
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
        """Remove all who wait, once nobody can come any more."""
        waiting = [*self._arrived, *self.queue.clear()]
        self._arrived.clear()
        return waiting
