"""When maintenance takes place in a span of time: what happened, and what is planned."""

import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MaintenanceSpan, MaintenanceWindow
from services.maintenance import occurrences as maintenance_occurrences

MOST_WINDOWS = 100
_MOST_OF_A_WINDOW = 100
_MOST_SPANS = 1000


@dataclass(frozen=True, slots=True)
class Planned:
    """One occurrence of a window. The window may be deleted if it is over."""

    window_id: uuid.UUID
    name: str
    start: datetime
    end: datetime


def occurring(
    session: Session, organization_id: int, start: datetime, end: datetime, *, now: datetime
) -> list[Planned]:
    """Return what touches [start, end), earliest first.

    Of many windows, only the first `MOST_WINDOWS` by name are asked for what they plan.
    """
    found = [*_written(session, organization_id, start, end, now=now)]
    found += _ahead(session, organization_id, max(start, now), end)
    return sorted(found, key=lambda each: (each.start, each.name))


def _written(
    session: Session, organization_id: int, start: datetime, end: datetime, *, now: datetime
) -> Iterator[Planned]:
    rows = session.execute(
        select(
            MaintenanceWindow.public_id,
            MaintenanceWindow.name,
            MaintenanceSpan.began_at,
            MaintenanceSpan.ends_at,
        )
        .join(MaintenanceWindow, MaintenanceWindow.id == MaintenanceSpan.maintenance_window_id)
        .where(
            MaintenanceSpan.organization_id == organization_id,
            MaintenanceSpan.ends_at > start,
            MaintenanceSpan.began_at < end,
            MaintenanceSpan.began_at <= now,
        )
        .order_by(MaintenanceSpan.began_at)
        .limit(_MOST_SPANS)
    )
    return (Planned(*row) for row in rows)


def _ahead(
    session: Session, organization_id: int, start: datetime, end: datetime
) -> Iterator[Planned]:
    if start >= end:
        return
    windows = session.scalars(
        select(MaintenanceWindow)
        .where(
            MaintenanceWindow.organization_id == organization_id,
            MaintenanceWindow.deleted_at.is_(None),
        )
        .order_by(MaintenanceWindow.name, MaintenanceWindow.public_id)
        .limit(MOST_WINDOWS)
    )
    for window in windows:
        # A rule that this version cannot read must not keep the others from being shown.
        with suppress(ValueError):
            yield from islice(_planned(window, start, end), _MOST_OF_A_WINDOW)


def _planned(window: MaintenanceWindow, start: datetime, end: datetime) -> Iterator[Planned]:
    for each in maintenance_occurrences.times_of(window).after(start, end):
        if each.start >= end:
            return
        if each.start > start and (window.ended_at is None or each.start > window.ended_at):
            yield Planned(window.public_id, window.name, each.start, each.end)
