"""Maintenance windows: create, change, end early and delete.

A change applies from now on: past occurrences stay unchanged, in messages and in uptime.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from itertools import islice
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.maintenance import Occurrence
from models import MaintenanceWindow, Monitor
from services import quotas
from services.errors import Conflict, Invalid
from services.maintenance import active as active_maintenance
from services.maintenance import occurrences as maintenance_occurrences
from services.maintenance import timing as maintenance_timing
from services.maintenance import views as maintenance_views
from services.maintenance.timing import Times, WantedTimes
from services.maintenance.views import MOST_SHOWN, WindowView

LONGEST_NAME = 200
LONGEST_RECURRENCE = 500
LONGEST_TAG = 50
MOST_MONITORS = 500
MOST_TAGS = 20
"""The limits of what a user may send; API and pages apply them before anything is read."""

_TIMES = frozenset(each.name for each in fields(WantedTimes))
_SCOPE = frozenset({"all_monitors", "monitor_ids", "tags"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowValues(WantedTimes):
    """A window as a user gives it: its times and its monitors."""

    name: str
    all_monitors: bool = False
    monitor_ids: Sequence[uuid.UUID] = field(default_factory=list)
    tags: Sequence[str] = field(default_factory=list)


class WindowChanges(TypedDict, total=False):
    """The fields to change. A missing one stays as it is."""

    name: str
    time_zone: str
    local_start: datetime
    local_end: datetime | None
    duration_seconds: int | None
    recurrence: str | None
    all_monitors: bool
    monitor_ids: Sequence[uuid.UUID]
    tags: Sequence[str]


def create(
    session: Session, organization_id: int, values: WindowValues, *, now: datetime
) -> WindowView:
    """Create a window; without a start it begins now. Raise `Invalid` with every invalid field."""
    times = maintenance_timing.checked(values, now=now)
    quotas.take(session, organization_id, "maintenance_windows")
    window = MaintenanceWindow(
        organization_id=organization_id,
        name=values.name,
        created_at=now,
        updated_at=now,
        **_columns(times),
        **_scope(session, organization_id, values),
    )
    session.add(window)
    session.flush()
    maintenance_occurrences.begin(session, window, now=now)
    return maintenance_views.whole(session, window, now=now)


def preview(wanted: WantedTimes, *, now: datetime) -> list[Occurrence]:
    """Return the next occurrences of a window with these times; stores nothing."""
    return list(islice(maintenance_timing.checked(wanted, now=now).after(now), MOST_SHOWN))


def change(
    session: Session,
    organization_id: int,
    window_id: uuid.UUID,
    changes: WindowChanges,
    *,
    now: datetime,
) -> WindowView:
    """Change the given fields from now on. A new start alone moves the whole window."""
    window = maintenance_views.existing(session, organization_id, window_id, lock=True)
    after = replace(_values(session, window), **_with_one_length(changes))
    columns: dict[str, object] = {}
    if changes.keys() & _TIMES:
        columns |= _moved(window, maintenance_timing.checked(after, now=now))
    if changes.keys() & _SCOPE:
        columns |= _scope(session, organization_id, after)
    differs = any(getattr(window, name) != value for name, value in columns.items())
    for name, value in {**columns, "name": after.name, "updated_at": now}.items():
        setattr(window, name, value)
    if differs:
        _respan(session, window, now=now)
    session.flush()
    return maintenance_views.whole(session, window, now=now)


def end(
    session: Session, organization_id: int, window_id: uuid.UUID, *, now: datetime
) -> WindowView:
    """End the running occurrence early; a recurring window goes on with its next one.

    Raise `Conflict` if the window does not run now.
    """
    window = maintenance_views.existing(session, organization_id, window_id, lock=True)
    view = maintenance_views.whole(session, window, now=now)
    if view.active_until is None:
        raise Conflict("This maintenance window is not active.")
    window.ended_at = window.updated_at = now
    _respan(session, window, now=now)
    return maintenance_views.whole(session, window, now=now)


def delete(session: Session, organization_id: int, window_id: uuid.UUID, *, now: datetime) -> None:
    """Delete a window. A running occurrence ends now, and past ones still count in uptime."""
    window = maintenance_views.existing(session, organization_id, window_id, lock=True)
    window.deleted_at = now
    maintenance_occurrences.cut(session, window, now=now)
    active_maintenance.wake(session, now=now)


def _respan(session: Session, window: MaintenanceWindow, *, now: datetime) -> None:
    maintenance_occurrences.cut(session, window, now=now)
    maintenance_occurrences.begin(session, window, now=now)
    active_maintenance.wake(session, now=now)


def _values(session: Session, window: MaintenanceWindow) -> WindowValues:
    return WindowValues(
        name=window.name,
        time_zone=window.time_zone,
        local_start=window.local_start,
        duration_seconds=window.duration_seconds,
        recurrence=window.recurrence,
        all_monitors=window.all_monitors,
        monitor_ids=list(maintenance_views.monitors_of(session, [window]).values()),
        tags=window.tags,
    )


def _with_one_length(changes: WindowChanges) -> WindowChanges:
    """Make a new end replace the current duration."""
    if changes.get("local_end") is None:
        return changes
    return {"duration_seconds": None, **changes}


def _moved(window: MaintenanceWindow, times: Times) -> dict[str, object]:
    """Return the columns of new times, which also undo an early end of the old ones."""
    if times == maintenance_occurrences.times_of(window):
        return {}
    return {**_columns(times), "ended_at": None}


def _columns(times: Times) -> dict[str, object]:
    return {each.name: getattr(times, each.name) for each in fields(times)}


def _scope(session: Session, organization_id: int, values: WindowValues) -> dict[str, object]:
    """Return the columns of the scope. Raise `Invalid` if it is empty or names no known monitor."""
    wanted = list(dict.fromkeys(values.monitor_ids))
    rows = session.execute(
        select(Monitor.public_id, Monitor.id).where(
            Monitor.organization_id == organization_id,
            Monitor.public_id.in_(wanted),
            Monitor.deleted_at.is_(None),
        )
    )
    keys = dict(rows.all())
    missing = [f"There is no monitor {each}." for each in wanted if each not in keys]
    if missing:
        raise Invalid({"monitor_ids": missing})
    if not (values.all_monitors or keys or values.tags):
        raise Invalid({"monitor_ids": ["Give monitor_ids or tags, or set all_monitors."]})
    return {
        "all_monitors": values.all_monitors,
        "monitor_ids": sorted(keys.values()),
        "tags": list(dict.fromkeys(values.tags)),
    }
