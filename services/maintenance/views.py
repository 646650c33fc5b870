"""Views of maintenance windows: with their monitors, the running and the next occurrences."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from domain.maintenance import Occurrence
from models import MaintenanceSpan, MaintenanceWindow, Monitor
from services import pagination
from services.errors import NotFound
from services.maintenance import active as active_maintenance
from services.maintenance import occurrences as maintenance_occurrences

MOST_SHOWN = 10
_BY_NAME = pagination.Order(
    scope="maintenance-windows", columns=(MaintenanceWindow.name, MaintenanceWindow.public_id)
)


@dataclass(frozen=True, slots=True)
class WindowView:
    """A window with its monitors; `active_until` is its end if it runs now.

    `is_over` means that it neither runs nor will run again. `next_occurrences` is set only if a single window is requested.
    """

    window: MaintenanceWindow
    local_end: datetime | None
    monitor_ids: Sequence[uuid.UUID]
    active_until: datetime | None
    is_over: bool = False
    next_occurrences: Sequence[Occurrence] = ()


def find(
    session: Session, organization_id: int, window_id: uuid.UUID, *, now: datetime
) -> WindowView:
    """Return a window with its next occurrences. Raise `NotFound` if there is none."""
    return whole(session, existing(session, organization_id, window_id), now=now)


def existing(
    session: Session, organization_id: int, window_id: uuid.UUID, *, lock: bool = False
) -> MaintenanceWindow:
    """Return a window; `lock` locks it against the sweep and other edits until the commit.

    Raise `NotFound` if there is none.
    """
    query = _of_organization(organization_id).where(MaintenanceWindow.public_id == window_id)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    window = session.scalars(query).one_or_none()
    if window is None:
        raise NotFound("maintenance window")
    return window


def page(
    session: Session,
    organization_id: int,
    request: pagination.PageRequest,
    *,
    active: bool | None = None,
    now: datetime,
) -> pagination.Page[WindowView]:
    """List windows by name: all, only the running ones, or only the others."""
    query = _of_organization(organization_id)
    if active is not None:
        runs = MaintenanceWindow.id.in_(
            select(MaintenanceSpan.maintenance_window_id).where(
                MaintenanceSpan.organization_id == organization_id, active_maintenance.running(now)
            )
        )
        query = query.where(runs if active else ~runs)
    found = pagination.read(session, query, _BY_NAME, request)
    return pagination.Page(_views(session, found.items, now=now), found.next_cursor)


def whole(session: Session, window: MaintenanceWindow, *, now: datetime) -> WindowView:
    """Add its monitors and at most ten occurrences; the first is the running one, if any."""
    coming = islice(maintenance_occurrences.ahead(window, now), MOST_SHOWN)
    return replace(_views(session, [window], now=now)[0], next_occurrences=list(coming))


def monitors_of(session: Session, windows: Sequence[MaintenanceWindow]) -> Mapping[int, uuid.UUID]:
    """Return the monitors that those windows name, by key, in the order of their names."""
    keys = {key for window in windows for key in window.monitor_ids}
    organization_ids = {window.organization_id for window in windows}
    rows = session.execute(
        select(Monitor.id, Monitor.public_id)
        .where(
            Monitor.organization_id.in_(organization_ids),
            Monitor.id.in_(keys),
            Monitor.deleted_at.is_(None),
        )
        .order_by(Monitor.name, Monitor.id)
    )
    return dict(rows.all())


def _of_organization(organization_id: int) -> Select[MaintenanceWindow]:
    return select(MaintenanceWindow).where(
        MaintenanceWindow.organization_id == organization_id,
        MaintenanceWindow.deleted_at.is_(None),
    )


def _views(
    session: Session, windows: Sequence[MaintenanceWindow], *, now: datetime
) -> list[WindowView]:
    """Add the monitors and the end of the running occurrence of all these, with one query each."""
    public_ids = monitors_of(session, windows)
    ends = func.max(MaintenanceSpan.ends_at)
    spans = session.execute(
        select(
            MaintenanceSpan.maintenance_window_id,
            ends.filter(active_maintenance.running(now)),
            ends,
        )
        .where(MaintenanceSpan.maintenance_window_id.in_([window.id for window in windows]))
        .group_by(MaintenanceSpan.maintenance_window_id)
    )
    until = {window_id: (running, last) for window_id, running, last in spans}
    nothing = (None, None)
    return [
        WindowView(
            window,
            maintenance_occurrences.times_of(window).local_end,
            [public_id for key, public_id in public_ids.items() if key in set(window.monitor_ids)],
            until.get(window.id, nothing)[0],
            _is_over(window, until.get(window.id, nothing)[1], now),
        )
        for window in windows
    ]


def _is_over(window: MaintenanceWindow, last_end: datetime | None, now: datetime) -> bool:
    """Return whether no span is left, neither written nor to be written."""
    return window.spanned_until is None and (last_end is None or last_end <= now)
