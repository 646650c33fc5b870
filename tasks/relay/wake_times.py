"""Calls for each noted id at its time, in a thread of the process.

It only makes work punctual: what is noted dies with the process, and a sweep finds the rest.
"""

import heapq
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

MOST = 10_000
"""The most ids noted; a sweep finds more."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class WakeTimes:
    """Ids by the time at which to call for them. `wake` runs in a thread of its own.

    Times are those of a monotonic clock. Safe for threads.
    """

    wake: Callable[[int], object]
    _times: list[tuple[float, int]] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None

    def add(self, wanted: int, seconds: float) -> None:
        """Call for `wanted` after that many seconds, unless too many are noted."""
        with self._changed:
            if self.note(wanted, time.monotonic() + seconds):
                self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="wake-times", daemon=True)
                self._thread.start()

    def note(self, wanted: int, at: float) -> bool:
        """Note an id, and return whether there was room."""
        if len(self._times) >= MOST:
            return False
        heapq.heappush(self._times, (at, wanted))
        return True

    def take(self, now: float) -> list[int]:
        """Return the ids whose time has come, earliest first, and forget them."""
        due = []
        while self._times and self._times[0][0] <= now:
            due.append(heapq.heappop(self._times)[1])
        return due

    def rest(self, now: float) -> float | None:
        """Return the seconds to the next time, or None if nothing is noted."""
        return max(0.0, self._times[0][0] - now) if self._times else None

    def _run(self) -> None:
        while True:
            with self._changed:
                due = self.take(time.monotonic())
                if not due:
                    self._changed.wait(self.rest(time.monotonic()))
            for each in due:
                try:
                    self.wake(each)
                except Exception as error:  # noqa: BLE001 - the sweep makes up for it
                    log.warning("not_woken", error=type(error).__name__)
