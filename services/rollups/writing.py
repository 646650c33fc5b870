"""Writes roll-ups whole: hours from the rows of checks, days from hours. Repeating this is safe."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY, HOUR, merge
from models import MonitorDay, MonitorHour
from services.rollups import check_rows, rows
from services.rollups.rows import RolledUp


def hour(session: Session, monitor_ids: Collection[int], *, begin: int) -> None:
    """Roll up the hour that begins at this second, for these monitors.

    At the end of a day, its roll-ups are written too.
    """
    hours(session, monitor_ids, low=begin, high=begin + HOUR)
    if (begin + HOUR) % DAY == 0:
        day(session, monitor_ids, begin=begin + HOUR - DAY)


def hours(session: Session, monitor_ids: Collection[int], *, low: int, high: int) -> None:
    """Roll up the whole hours in [low, high)."""
    found = check_rows.by_hour(session, monitor_ids, low=low, high=high)
    rows.replace(session, MonitorHour, monitor_ids, found, low=low, high=high)


def day(session: Session, monitor_ids: Collection[int], *, begin: int) -> None:
    """Roll up the day that begins at this second; all its hours have to be there."""
    of: dict[tuple[int, int], list[RolledUp]] = defaultdict(list)
    for each in rows.read(session, MonitorHour, monitor_ids, low=begin, high=begin + DAY):
        of[each.organization_id, each.monitor_id].append(each)
    found = [
        RolledUp(organization_id, monitor_id, begin, merge(each.rollup for each in parts))
        for (organization_id, monitor_id), parts in sorted(of.items())
    ]
    rows.replace(session, MonitorDay, monitor_ids, found, low=begin, high=begin + 1)
