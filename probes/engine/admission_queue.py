"""Where checks come into an engine, from any thread, and wait for their turn."""

from collections import deque
from collections.abc import Callable, Iterator
from threading import Lock

from probes.boottime import boottime
from probes.engine.fair_queue import Limits, Turn, Turns

_AT_ONCE = 256
_EXPIRY_SECONDS = 0.25


class EngineStoppedError(RuntimeError):
    """A check was submitted to an engine that takes no more."""


class Entrance:
    """Only `put` and `len` are for any thread; the rest is for the engine's."""

    def __init__(self, capacity: int, limits: Limits, wake: Callable[[], None]) -> None:
        self.turns = Turns(capacity, limits)
        self._wake = wake
        self._arrived: deque[Turn] = deque()
        self._next_expiry = 0.0
        self.is_closed = False
        self._lock = Lock()

    def __len__(self) -> int:
        """Count those who wait."""
        return len(self._arrived) + len(self.turns)

    @property
    def any_ready(self) -> bool:
        return bool(self._arrived) or self.turns.any_ready

    def put(self, turn: Turn) -> None:
        with self._lock:
            if self.is_closed:
                raise EngineStoppedError
            self._arrived.append(turn)
            # Who was there before has woken the engine, which is not through with all of them.
            if len(self._arrived) == 1:
                self._wake()

    def late(self) -> Iterator[Turn]:
        """Give those who waited too long; now and then."""
        if self.turns and boottime() >= self._next_expiry:
            self._next_expiry = boottime() + _EXPIRY_SECONDS
            yield from self.turns.expired(boottime())

    def admitted(self, room: int) -> Iterator[Turn]:
        """Give those who begin now; not all at once, so that the others are looked after too."""
        for _ in range(len(self._arrived)):
            self.turns.add(self._arrived.popleft())
        for _ in range(min(room, _AT_ONCE)):
            turn = self.turns.take()
            if turn is None:
                return
            yield turn

    def close(self) -> None:
        with self._lock:
            self.is_closed = True

    def clear(self) -> list[Turn]:
        """Remove all who wait, once nobody can come any more."""
        waiting = [*self._arrived, *self.turns.clear()]
        self._arrived.clear()
        return waiting
