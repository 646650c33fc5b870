"""The roll-ups of any period of a monitor: of the longest steps that fit, and of single checks."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from domain.analytics.rollup import Rollup, Step, merge
from domain.analytics.rollup_plan import plan
from models import Monitor, MonitorDay, MonitorHour, MonitorMonth
from services.rollups import check_rows, progress, rows
from services.rollups.rows import RolledUp
from services.time_range import Window


def of_monitor(session: Session, monitor: Monitor, window: Window) -> Rollup | None:
    """Return the roll-up of a window, or None if no whole hour of it is rolled up."""
    found = parts(session, monitor, window.first_slot, window.end_slot)
    return None if found is None else merge(each.rollup for each in found)


def parts(
    session: Session, monitor: Monitor, low: int, high: int, *, longest: Step = Step.MONTH
) -> list[RolledUp] | None:
    """Return roll-ups that are the checks in [low, high) together, none longer than `longest`.

    Checks that are not rolled up yet are counted by hour. Return None if all are.
    """
    return _parts(session, [monitor.id], low, high, longest)


def of_monitors(
    session: Session, ids: Collection[int], low: int, high: int, *, longest: Step = Step.MONTH
) -> list[RolledUp]:
    """Return what `parts` does for each of these monitors, with a constant number of queries.

    Checks are counted even if no hour of the period is rolled up.
    """
    found = _parts(session, ids, low, high, longest)
    return check_rows.by_hour(session, ids, low=low, high=high) if found is None else found


def _parts(
    session: Session, ids: Collection[int], low: int, high: int, longest: Step
) -> list[RolledUp] | None:
    wanted = plan(low, high, until=progress.until(session), longest=longest)
    if wanted is None:
        return None
    found: list[RolledUp] = []
    for table, spans in (
        (MonitorMonth, wanted.months),
        (MonitorDay, wanted.days),
        (MonitorHour, wanted.hours),
    ):
        for begin, end in spans:
            found += rows.read(session, table, ids, low=begin, high=end)
    for begin, end in wanted.checks:
        found += check_rows.by_hour(session, ids, low=begin, high=end)
    return found
