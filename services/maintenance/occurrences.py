"""Occurrences of maintenance windows: spans written ahead and never changed once over."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.maintenance import Occurrence
from models import MaintenanceSpan, MaintenanceWindow
from services.maintenance import active as active_maintenance
from services.maintenance.timing import Times

MOST = 500
"""The most windows of one sweep, so that its transaction stays short."""
_AHEAD = timedelta(days=1)
"""How long sweeps may fail without any span being late."""
_STEP = timedelta(days=2)

log = structlog.get_logger(__name__)


def times_of(window: MaintenanceWindow) -> Times:
    return Times(window.time_zone, window.local_start, window.duration_seconds, window.recurrence)


def ahead(window: MaintenanceWindow, moment: datetime) -> Iterable[Occurrence]:
    """Yield the occurrences that run at a moment or later, except those a user ended early."""
    return (
        each
        for each in times_of(window).after(moment)
        if window.ended_at is None or each.start > window.ended_at
    )


def begin(session: Session, window: MaintenanceWindow, *, now: datetime) -> None:
    """Write the spans of a new or changed window; they begin now at the earliest."""
    occurring = (Occurrence(max(each.start, now), each.end) for each in ahead(window, now))
    _write(session, window, occurring, before=now + _STEP)


def cut(session: Session, window: MaintenanceWindow, *, now: datetime) -> None:
    """End the running span, and delete the later ones."""
    mine = MaintenanceSpan.maintenance_window_id == window.id
    session.execute(delete(MaintenanceSpan).where(mine, MaintenanceSpan.began_at >= now))
    session.execute(
        update(MaintenanceSpan).where(mine, MaintenanceSpan.ends_at > now).values(ends_at=now)
    )


def sweep(session: Session, *, now: datetime, limit: int = MOST) -> bool:
    """Write spans ahead, settle past ones and wake incidents; return whether there may be more.

    Safe to repeat at any time and from any number of workers at once. A late sweep writes the same
    spans.
    """
    windows = session.scalars(
        select(MaintenanceWindow)
        .where(
            MaintenanceWindow.deleted_at.is_(None), MaintenanceWindow.spanned_until < now + _AHEAD
        )
        .order_by(MaintenanceWindow.spanned_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for window in windows:
        _extend(session, window, now=now)
    session.execute(_SETTLE, {"now": now})
    active_maintenance.wake(session, now=now)
    return len(windows) == limit


def _extend(session: Session, window: MaintenanceWindow, *, now: datetime) -> None:
    written = window.spanned_until
    if written is None:
        return
    try:
        occurring = (each for each in ahead(window, written) if each.start >= written)
        _write(session, window, occurring, before=now + _STEP)
    except ValueError:
        # A window that this version cannot read must not keep the others from being written.
        log.exception("maintenance_window_unreadable", window_id=window.id)
        window.spanned_until = None


def _write(
    session: Session,
    window: MaintenanceWindow,
    occurring: Iterable[Occurrence],
    *,
    before: datetime,
) -> None:
    """Write the spans that begin before that moment, and record how far, or that none follows."""
    due: dict[datetime, Occurrence] = {}
    window.spanned_until = None
    for each in occurring:
        if each.start >= before:
            window.spanned_until = before
            break
        # Of two spans cut to the same start, the later one lasts longer.
        due[each.start] = each
    if due:
        session.execute(
            insert(MaintenanceSpan)
            .values([_row(window, each) for each in due.values()])
            .on_conflict_do_nothing(index_elements=["maintenance_window_id", "began_at"])
        )
    session.flush()


def _row(window: MaintenanceWindow, occurrence: Occurrence) -> dict[str, object]:
    return {
        "organization_id": window.organization_id,
        "maintenance_window_id": window.id,
        "began_at": occurrence.start,
        "ends_at": occurrence.end,
        "all_monitors": window.all_monitors,
        "monitor_ids": window.monitor_ids,
        "tags": window.tags,
    }


# Later changes of tags must not change the past, so ids of monitors replace the tags.
_SETTLE = text("""
    UPDATE maintenance_spans s SET tags = '{}', monitor_ids = s.monitor_ids || ARRAY(
        SELECT m.id FROM monitors m
        WHERE m.organization_id = s.organization_id AND m.tags && s.tags
            AND NOT m.id = ANY(s.monitor_ids))
    WHERE s.ends_at <= :now AND cardinality(s.tags) > 0
""")
