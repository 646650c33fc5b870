"""How fast messages may go to one address: so many at once, then evenly spread over the minute.

The generic cell rate algorithm (ITU-T I.371, annex A) with one mark: when the next one may go.
"""

from datetime import datetime, timedelta

_MINUTE = timedelta(minutes=1)


def after(next_at: datetime | None, *, now: datetime, per_minute: int) -> datetime:
    """Return when the message after one that goes now may go, given when this one could.

    Who sent nothing for a minute may send `per_minute` at once.
    """
    step = _MINUTE / per_minute
    rested = now - _MINUTE + step
    return (rested if next_at is None else max(next_at, rested)) + step
