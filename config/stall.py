"""Failures of a server in the log: when they begin, that they last, and how long they lasted.

Many threads may fail many times a second. One line for each failure would hide everything else.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import structlog

_SETTLED_SECONDS = 5.0
"""A stall is over after this time without a failure: some statements may succeed before."""
_REPEATED_SECONDS = 60.0

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Failure:
    """Times of a steady clock, in seconds: `worked` is the first success after `failed`."""

    began: float
    logged: float
    failed: float
    worked: float | None = None
    failures: int = 0


class Stall:
    """Receives the outcome of each attempt, from any thread."""

    def __init__(self, server: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._server = server
        self._clock = clock
        self._failure: _Failure | None = None
        self._lock = Lock()

    def failed(self, reason: str, error: BaseException | None = None) -> None:
        """Record a transient failure; if a line is due, it has the traceback of `error`."""
        with self._lock:
            now = self._clock()
            if self._failure is None:
                self._failure = _Failure(began=now, logged=now, failed=now)
                log.warning("server_stalled", server=self._server, reason=reason, exc_info=error)
            failure = self._failure
            failure.failures += 1
            failure.failed, failure.worked = now, None
            if now - failure.logged >= _REPEATED_SECONDS:
                failure.logged = now
                self._say("server_still_stalled", now, reason=reason, exc_info=error)

    def worked(self) -> None:
        """Record a success. It costs nothing unless failures came before."""
        failure = self._failure
        if failure is None:
            return
        with self._lock:
            if self._failure is not failure:
                return
            now = self._clock()
            if failure.worked is None:
                failure.worked = now
            if now - failure.failed >= _SETTLED_SECONDS:
                self._say("server_answers", failure.worked)
                self._failure = None

    def _say(self, event: str, until: float, **more: object) -> None:
        if self._failure:
            log.warning(
                event,
                server=self._server,
                after_seconds=round(until - self._failure.began, 1),
                failures=self._failure.failures,
                **more,
            )
