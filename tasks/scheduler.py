"""Beat's scheduler without its busy wait, and without a file."""

from celery.beat import Scheduler

_LATE_SECONDS = 0.02


class TickScheduler(Scheduler):
    """Keeps nothing between runs: every task asks the database what there is to do.

    Celery's wakes 10 ms before each entry is due and spins until then: with sixteen ticks a second
    that is a tenth of a core. This one wakes a little late, and finds several entries due at once.
    """

    def adjust(self, n: float, drift: float = _LATE_SECONDS) -> float:
        return n + drift if n and n > 0 else n
