"""Writes roll-ups whole: hours from the rows of checks, days from hours, and months from days.

Repeating this is safe.
"""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY, HOUR, Rollup, merge, month_of, next_month
from models import MonitorDay, MonitorHour, MonitorMonth
from services.rollups import check_rows, rows
from services.rollups.rows import RolledUp, Table


def hour(session: Session, monitor_ids: Collection[int], *, begin: int) -> None:
    """Roll up the hour that begins at this second, for these monitors.

    At the end of a day its roll-ups are written too, and at the end of a month those of the month.
    """
    hours(session, monitor_ids, low=begin, high=begin + HOUR)
    if (begin + HOUR) % DAY == 0:
        day(session, monitor_ids, begin=begin + HOUR - DAY)
        if month_of(begin + HOUR) == begin + HOUR:
            month(session, monitor_ids, begin=month_of(begin))


def hours(session: Session, monitor_ids: Collection[int], *, low: int, high: int) -> None:
    """Roll up the whole hours in [low, high)."""
    found = check_rows.by_hour(session, monitor_ids, low=low, high=high)
    rows.replace(session, MonitorHour, monitor_ids, found, low=low, high=high)


def day(session: Session, monitor_ids: Collection[int], *, begin: int) -> None:
    """Roll up the day that begins at this second; all its hours have to be there."""
    _from_parts(session, MonitorHour, MonitorDay, monitor_ids, begin, begin + DAY)


def month(session: Session, monitor_ids: Collection[int], *, begin: int) -> None:
    """Roll up the month that begins at this second; all its days have to be there."""
    _from_parts(session, MonitorDay, MonitorMonth, monitor_ids, begin, next_month(begin))


def _from_parts(
    session: Session, parts: Table, whole: Table, monitor_ids: Collection[int], low: int, high: int
) -> None:
    of: dict[tuple[int, int, int], list[Rollup]] = defaultdict(list)
    for each in rows.read(session, parts, monitor_ids, low=low, high=high):
        of[each.organization_id, each.monitor_id, each.region_id].append(each.rollup)
    found = [RolledUp(*key, low, merge(found)) for key, found in sorted(of.items())]
    rows.replace(session, whole, monitor_ids, found, low=low, high=low + 1)
