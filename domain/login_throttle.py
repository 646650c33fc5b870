"""How long to wait after failed logins: longer each time, never for good."""

from datetime import datetime, timedelta

OF_ACCOUNT = 5
"""Failures of one account that cost nothing."""
OF_NETWORK = 20
"""Failures from one network that cost nothing: many people may be behind one address."""
LONGEST = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)
"""Without another failure."""

_MOST_DOUBLINGS = 10


def wait(failures: int, last_failed_at: datetime, *, free: int, now: datetime) -> timedelta:
    """Return how long the next try has to wait yet: 1 s after `free` failures, then twice as long each."""
    if failures < free or now - last_failed_at >= FORGOTTEN_AFTER:
        return timedelta(0)
    delay = min(timedelta(seconds=2 ** min(failures - free, _MOST_DOUBLINGS)), LONGEST)
    return max(last_failed_at + delay - now, timedelta(0))
