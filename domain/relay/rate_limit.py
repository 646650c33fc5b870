"""The rate limit of an address: a burst, and then messages spread evenly over the minute.

It is the generic cell rate algorithm (ITU-T I.371, annex A) with one mark: when the next message
may go.
"""

from datetime import datetime, timedelta

_MINUTE = timedelta(minutes=1)


def after(next_at: datetime | None, *, now: datetime, per_minute: int) -> datetime:
    """Return when the message after the current one may go.

    `next_at` is when the current one could go. After a minute without messages, `per_minute` may go
    at once.
    """
    step = _MINUTE / per_minute
    rested = now - _MINUTE + step
    return (rested if next_at is None else max(next_at, rested)) + step
