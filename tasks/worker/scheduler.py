"""Beat's scheduler without its busy wait, without a file, and on the second."""

import time
from math import floor
from typing import Any

import structlog
from celery.beat import ScheduleEntry, Scheduler, SchedulingError

from config.stall import Stall
from tasks.worker.redis_client import is_unreachable

_LATE_SECONDS = 0.05
"""Enough for a database whose clock is a little behind ours to have begun the second too."""
_INEXACT_SECONDS = 0.001

log = structlog.get_logger(__name__)


class TickScheduler(Scheduler):
    """Keeps nothing between runs: every task asks the database what there is to do.

    Celery's wakes 10 ms before each entry is due and spins until then: with sixteen ticks a second
    that is a tenth of a core. This one wakes a little late, and finds several entries due at once.

    Slots are whole seconds, so runs keep to them too: otherwise each check would be late by the
    fraction of a second that beat was started at, and by what a tick is later than the one before.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._stall = Stall("redis")
        super().__init__(*args, **kwargs)

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send the message of an entry. Celery's method logs two tracebacks each time that it cannot."""
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except SchedulingError as error:
            if _is_asked_to_stop(error):
                raise SystemExit from error
            if is_unreachable(cause := error.__context__ or error):
                self._stall.failed(type(cause).__name__)
            else:
                log.exception("message_not_sent", entry=entry.name)
        else:
            self._stall.worked()

    def adjust(self, n: float, drift: float = _LATE_SECONDS) -> float:
        return wait_for_second(time.time(), n, drift) if n and n > 0 else n

    def reserve(self, entry: ScheduleEntry) -> Any:
        """Count a run from the beginning of its second; returns an entry, whatever the stubs say."""
        reserved: Any = super().reserve(entry)
        reserved.last_run_at = reserved.default_now().replace(microsecond=0)
        return reserved


def _is_asked_to_stop(error: BaseException | None) -> bool:
    """Look for the signal to end among what came before an error: it may have struck while sending."""
    while error is not None:
        if isinstance(error, SystemExit):
            return True
        error = error.__context__
    return False


def wait_for_second(now: float, seconds: float, late: float) -> float:
    """Return how long to wait for the second in which `now + seconds` lies, and a little longer."""
    return max(late, floor(now + seconds + _INEXACT_SECONDS) + late - now)
