"""The roll-up of any period of a monitor, put together from days, hours and single checks."""

from sqlalchemy.orm import Session

from domain.analytics.rollup import Rollup, merge
from domain.analytics.rollup_plan import plan
from models import Monitor, MonitorDay, MonitorHour
from services.rollups import check_rows, progress, rows
from services.rollups.rows import RolledUp
from services.time_range import Window


def of_monitor(session: Session, monitor: Monitor, window: Window) -> Rollup | None:
    """Return the roll-up of a window, or None if no whole hour of it is rolled up."""
    wanted = plan(window.first_slot, window.end_slot, until=progress.until(session))
    if wanted is None:
        return None
    found: list[RolledUp] = []
    for table, parts in ((MonitorDay, wanted.days), (MonitorHour, wanted.hours)):
        for low, high in parts:
            found += rows.read(session, table, [monitor.id], low=low, high=high)
    for low, high in wanted.checks:
        found += check_rows.by_hour(session, [monitor.id], low=low, high=high)
    return merge(each.rollup for each in found)
