"""The health of the system for `/readyz`, determined at most once a second."""

import time
from collections.abc import Callable, Sequence
from threading import Lock

from domain.health import Part

_FRESH_SECONDS = 1.0


class Readiness:
    """A callable that returns the health of the parts."""

    def __init__(
        self, examine: Callable[[], Sequence[Part]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._examine, self._clock = examine, clock
        self._lock = Lock()
        self._known: Sequence[Part] = ()
        self._known_until = 0.0

    def __call__(self) -> Sequence[Part]:
        # One thread checks. Others return the last result, so that they do not occupy threads.
        if not self._lock.acquire(blocking=not self._known):
            return self._known
        try:
            if not self._known or self._clock() >= self._known_until:
                self._known = self._examine()
                self._known_until = self._clock() + _FRESH_SECONDS
            return self._known
        finally:
            self._lock.release()
