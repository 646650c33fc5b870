"""The hashes of secrets that this process has seen recently, bounded in number and age."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

_MOST = 20_000
_DAY = 86_400.0
_MINUTE = 60.0


class Recent:
    """A set of hashes. The least recently seen hash is removed first."""

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
    """API keys, ping tokens and link tokens that were valid, and ping tokens that were unknown."""

    good: Recent = field(default_factory=lambda: Recent(most=_MOST, seconds=_DAY))
    unknown_pings: Recent = field(default_factory=lambda: Recent(most=_MOST, seconds=_MINUTE))
