"""Maintenance windows in UTC, and what became of them, for tests that let time pass."""

from datetime import UTC, datetime, timedelta
from typing import Any, Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MaintenanceSpan, MaintenanceWindow, Monitor
from services.maintenance import active as active_maintenance
from services.maintenance import occurrences as maintenance_occurrences
from services.maintenance import windows as maintenance_windows
from services.maintenance.views import WindowView
from services.maintenance.windows import WindowChanges, WindowValues
from services.time_range import Window

T = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return T + timedelta(minutes=minutes)


def wall(minutes: float) -> datetime:
    return at(minutes).replace(tzinfo=None)


def plan(
    session: Session,
    *monitors: Monitor,
    start: float,
    minutes: float,
    now: float = 0,
    **values: Any,  # noqa: ANN401 - those of a window
) -> WindowView:
    """Plan a window that begins so many minutes after `T`."""
    given = {
        "name": "Deploy",
        "local_start": wall(start),
        "duration_seconds": int(minutes * 60),
        "monitor_ids": [monitor.public_id for monitor in monitors],
        **values,
    }
    organization_id = given.pop("organization_id", None) or monitors[0].organization_id
    return maintenance_windows.create(session, organization_id, WindowValues(**given), now=at(now))


def change(
    session: Session, window: MaintenanceWindow, minutes: float, **changes: Unpack[WindowChanges]
) -> WindowView:
    return maintenance_windows.change(
        session, window.organization_id, window.public_id, changes, now=at(minutes)
    )


def end(session: Session, window: MaintenanceWindow, minutes: float) -> WindowView:
    return maintenance_windows.end(
        session, window.organization_id, window.public_id, now=at(minutes)
    )


def delete(session: Session, window: MaintenanceWindow, minutes: float) -> None:
    maintenance_windows.delete(session, window.organization_id, window.public_id, now=at(minutes))


def sweep(session: Session, minutes: float) -> None:
    while maintenance_occurrences.sweep(session, now=at(minutes)):
        pass


def spans(session: Session, window: MaintenanceWindow) -> list[tuple[float, float]]:
    """Give when the spans of a window begin and end, in minutes after `T`."""
    session.expire_all()
    rows = session.scalars(
        select(MaintenanceSpan)
        .where(MaintenanceSpan.maintenance_window_id == window.id)
        .order_by(MaintenanceSpan.began_at)
    )
    return [(_minutes(row.began_at), _minutes(row.ends_at)) for row in rows]


def in_it(session: Session, monitor: Monitor, minutes: float) -> bool:
    return monitor.id in active_maintenance.until(session, [monitor.id], now=at(minutes))


def planned_minutes(
    session: Session, monitor: Monitor, window: Window
) -> list[tuple[float, float]]:
    """Give when a monitor was in maintenance, in minutes after `T`."""
    found = active_maintenance.spans_of(session, monitor.organization_id, [monitor.id], window)
    begin = T.timestamp()
    return sorted(
        ((each.start - begin) / 60, (each.end - begin) / 60) for each in found[monitor.id]
    )


def _minutes(moment: datetime) -> float:
    return (moment - T).total_seconds() / 60
