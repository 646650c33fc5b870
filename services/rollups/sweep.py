"""The sweep of roll-ups: late hours again, then the next hour, some monitors at a time."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.analytics.rollup import (
    DAY,
    HOUR,
    day_of,
    hour_of,
    kept_from,
    month_of,
    next_month,
)
from models import ArchiveDay, Monitor, RollupProgress
from services.rollups import late_rows, progress, writing

MOST = 250
"""The most late hours and the most monitors of one sweep.

Even if they are checked every 5 s from several regions, that takes a few seconds.
"""
_STRAGGLING = timedelta(hours=1)
"""A monitor that was deleted this long before an hour has no rows in it."""


def sweep(session: Session, *, now: datetime, limit: int = MOST) -> bool:
    """Roll up some late hours, and the next hour of some monitors; return whether there is more.

    Safe to repeat at any time and from any number of workers at once.
    """
    done = progress.locked(session)
    if done is None:
        return False
    kept = kept_from(hour_of(int(now.timestamp())))
    late = late_rows.take(session, before=done.until_slot, limit=limit)
    done.refused_hours += _again(session, late, until=done.until_slot, kept=kept)
    if done.until_slot < progress.settle(session, done, now=int(now.timestamp())):
        _go_on(session, done, limit, kept=kept)
        return True
    return len(late) == limit


def _again(session: Session, late: Iterable[tuple[int, int]], *, until: int, kept: int) -> int:
    """Roll up these hours again, and their days and months if they are over.

    Return how many are refused: their other hours, or the other checks of the hour, may have left
    the database, so they stay as they are.
    """
    refused = 0
    hours: dict[int, list[int]] = defaultdict(list)
    days: dict[int, set[int]] = defaultdict(set)
    months: dict[int, set[int]] = defaultdict(set)
    ordered = sorted(late)
    archived = _archived(session, {day_of(begin) for _, begin in ordered})
    for monitor_id, begin in ordered:
        if begin < kept or day_of(begin) in archived:
            refused += 1
            continue
        hours[begin].append(monitor_id)
        if day_of(begin) + DAY <= until:
            days[day_of(begin)].add(monitor_id)
        if next_month(begin) <= until:
            months[month_of(begin)].add(monitor_id)
    for begin, monitor_ids in hours.items():
        writing.hours(session, monitor_ids, low=begin, high=begin + HOUR)
    for begin, of_day in days.items():
        writing.day(session, of_day, begin=begin)
    for begin, of_month in months.items():
        writing.month(session, of_month, begin=begin)
    return refused


def _archived(session: Session, days: Collection[int]) -> Collection[int]:
    """Return the days of which only the archive has all checks, as their first seconds."""
    dates = {datetime.fromtimestamp(begin, UTC).date(): begin for begin in days}
    found = session.scalars(
        select(ArchiveDay.day).where(
            ArchiveDay.day.in_(dates),
            ArchiveDay.dropped_at.is_not(None),
            ArchiveDay.restored_until.is_(None),
        )
    )
    return {dates[day] for day in found}


def _go_on(session: Session, done: RollupProgress, limit: int, *, kept: int) -> None:
    """Roll up the hour that is next for some monitors, and note how far that is.

    Of hours before `kept` nothing is kept, so they are skipped, except for the end of their month.
    """
    begin = hour_of(done.until_slot)
    end = begin + HOUR if begin >= kept else min(kept, next_month(begin))
    gone = datetime.fromtimestamp(begin, UTC) - _STRAGGLING
    monitor_ids = session.scalars(
        select(Monitor.id)
        .where(
            Monitor.id > done.after_monitor,
            or_(Monitor.deleted_at.is_(None), Monitor.deleted_at > gone),
        )
        .order_by(Monitor.id)
        .limit(limit)
    ).all()
    if begin >= kept:
        writing.hour(session, monitor_ids, begin=begin)
    elif end == next_month(begin):
        writing.month(session, monitor_ids, begin=month_of(begin))
    if len(monitor_ids) == limit:
        done.after_monitor = monitor_ids[-1]
    else:
        done.until_slot, done.after_monitor = end, 0
    session.flush()
