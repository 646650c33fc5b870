"""Beat's scheduler without a busy wait, without a file, and aligned to whole seconds."""

import time
from math import floor
from typing import Any

import structlog
from celery.beat import ScheduleEntry, Scheduler, SchedulingError

from config.stall import Stall
from tasks.worker.redis_client import is_unreachable

_LATE_SECONDS = 0.05
"""Long enough for a database whose clock is slightly behind to have begun the second too."""
_INEXACT_SECONDS = 0.001

log = structlog.get_logger(__name__)


class TickScheduler(Scheduler):
    """Keeps no state between runs: every task asks the database what is due.

    Celery's scheduler wakes 10 ms before each entry is due and spins until then. With sixteen ticks
    a second that takes a tenth of a core. This one wakes slightly late, and finds several entries
    due at once. Slots are whole seconds, so runs are aligned to them. Otherwise each check would be
    late by the fraction of a second at which beat started, and by the drift of the ticks.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._stall = Stall("redis")
        super().__init__(*args, **kwargs)

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send the message of an entry. Celery's method logs two tracebacks for each failure."""
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
        """Count a run from the start of its second.

        Returns an entry; the type in the stubs is wrong.
        """
        reserved: Any = super().reserve(entry)
        reserved.last_run_at = reserved.default_now().replace(microsecond=0)
        return reserved


def _is_asked_to_stop(error: BaseException | None) -> bool:
    """Return whether a stop signal is in the error's context: it may arrive while sending."""
    while error is not None:
        if isinstance(error, SystemExit):
            return True
        error = error.__context__
    return False


def wait_for_second(now: float, seconds: float, late: float) -> float:
    """Return the wait until the second that contains `now + seconds`, plus `late`."""
    return max(late, floor(now + seconds + _INEXACT_SECONDS) + late - now)
