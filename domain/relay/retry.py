"""When to retry a failed delivery: exponential backoff with jitter, for a day."""

from datetime import datetime, timedelta

FIRST_DELAY = 5.0
LONGEST_DELAY = 900.0
GIVE_UP_AFTER = timedelta(hours=24)
"""Counted from the first attempt, however long the message waited for this service before."""
JITTER = 0.2


def next_attempt(
    *, attempt: int, since: datetime, now: datetime, chance: float, retry_after: float = 0
) -> datetime | None:
    """Return when to make the attempt after number `attempt` (from 1), or None to give up.

    `since` is when the first attempt began. `chance` in [0, 1) spreads the delay by ±20 %, so that
    a recovering provider does not receive all retries at once. `retry_after` is the wait in seconds
    that the provider asked for.
    """
    delay = min(FIRST_DELAY * 2 ** min(attempt - 1, 16), LONGEST_DELAY)
    delay *= 1 + JITTER * (2 * chance - 1)
    due = now + timedelta(seconds=max(delay, min(retry_after, GIVE_UP_AFTER.total_seconds())))
    return due if due < since + GIVE_UP_AFTER else None
