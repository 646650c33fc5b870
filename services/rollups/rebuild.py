"""Writes all roll-ups again from the rows of checks, some monitors and one day at a time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY, day_of, kept_from, month_of
from models import Monitor
from services.rollups import progress, writing

_MONITORS_AT_ONCE = 50


def days(session: Session, *, first: date) -> Iterator[int]:
    """Return the days that can be written again, as their first second.

    They begin with the first day of which all rows of checks are there, or with that of which all
    hours are kept. The last one may be half over.
    """
    until = progress.until(session)
    begin = int(datetime.combine(first, time(), UTC).timestamp())
    return iter(range(max(begin, kept_from(until)), until, DAY))


def some(session: Session, *, begin: int, after: int) -> int | None:
    """Write the roll-ups of a day for some monitors; return the last monitor's key.

    Return None if no key is greater than `after`. Waits for any other process that writes roll-ups.
    """
    done = progress.locked(session, wait=True)
    monitor_ids = session.scalars(
        select(Monitor.id).where(Monitor.id > after).order_by(Monitor.id).limit(_MONITORS_AT_ONCE)
    ).all()
    if done is None or not monitor_ids:
        return None
    high = min(begin + DAY, done.until_slot)
    writing.hours(session, monitor_ids, low=begin, high=high)
    if high == begin + DAY:
        writing.day(session, monitor_ids, begin=day_of(begin))
        if month_of(high) == high:
            writing.month(session, monitor_ids, begin=month_of(begin))
    return monitor_ids[-1]
