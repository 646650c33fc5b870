"""Which secrets this process has seen lately, by their hashes: so many at most, each for so long."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

_MOST = 20_000
_DAY = 86_400.0
_MINUTE = 60.0


class Recent:
    """Holds hashes; the one that was seen least lately makes room."""

    def __init__(
        self, *, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._until: OrderedDict[bytes, float] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, seen: bytes) -> bool:
        with self._lock:
            return self._until.get(seen, 0) > self._clock()

    def add(self, seen: bytes) -> None:
        with self._lock:
            self._until[seen] = self._clock() + self._seconds
            self._until.move_to_end(seen)
            if len(self._until) > self._most:
                self._until.popitem(last=False)

    def discard(self, seen: bytes) -> None:
        with self._lock:
            self._until.pop(seen, None)


@dataclass(frozen=True, slots=True)
class SeenSecrets:
    """API keys and tokens of heartbeats that were good, and tokens that there were none of."""

    good: Recent = field(default_factory=lambda: Recent(most=_MOST, seconds=_DAY))
    unknown_pings: Recent = field(default_factory=lambda: Recent(most=_MOST, seconds=_MINUTE))
