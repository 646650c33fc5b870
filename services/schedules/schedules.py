"""When a monitor is checked: spans of time that never overlap, so that each slot is known.

A span begins some seconds after the change: a dispatcher reads committed rows only, and must see
the span before its first slot. A later change with the same first second updates the span in place.
"""

from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.evaluation.slots import FOREVER, next_slot, phase_of, shard_of
from models import Monitor, Schedule

AHEAD = 5
"""Seconds from a change to its first possible slot: enough to commit a bulk change."""
NO_SHARD = -1
"""The shard of spans that are never dispatched."""


def begin(session: Session, monitors: list[Monitor], *, now: datetime) -> None:
    """Begin the first span of new monitors."""
    session.add_all(
        Schedule(
            monitor_id=monitor.id,
            from_slot=_next_second(now) + AHEAD,
            organization_id=monitor.organization_id,
            shard=shard_of(monitor.id),
            interval_seconds=monitor.interval_seconds,
            phase=phase_of(monitor.id, monitor.interval_seconds),
            region_ids=monitor.region_ids,
        )
        for monitor in monitors
    )


def resume(session: Session, monitor: Monitor, *, now: datetime) -> None:
    """Begin another span of a monitor whose last one has ended."""
    last_end = session.scalar(
        select(func.max(Schedule.until_slot)).where(Schedule.monitor_id == monitor.id)
    )
    span = {
        "until_slot": FOREVER,
        "interval_seconds": monitor.interval_seconds,
        "phase": phase_of(monitor.id, monitor.interval_seconds),
        "region_ids": monitor.region_ids,
    }
    session.execute(
        insert(Schedule)
        .values(
            monitor_id=monitor.id,
            # Not before the end of the last span, even if the clock was set back.
            from_slot=max(_next_second(now) + AHEAD, last_end or 0),
            organization_id=monitor.organization_id,
            shard=shard_of(monitor.id),
            **span,
        )
        .on_conflict_do_update(index_elements=["monitor_id", "from_slot"], set_=span)
    )


def cover(session: Session, monitor: Monitor, *, from_slot: int) -> None:
    """Begin a span of a monitor that is never probed at this result, unless one is open.

    The span belongs to no shard, so nothing is dispatched, and it has no slot but the first.
    """
    last_end = session.scalar(
        select(func.max(Schedule.until_slot)).where(Schedule.monitor_id == monitor.id)
    )
    if last_end == FOREVER:
        return
    start = max(from_slot, last_end or 0)
    span = {
        "until_slot": FOREVER,
        "interval_seconds": FOREVER,
        "phase": start,
        "region_ids": monitor.region_ids,
    }
    session.execute(
        insert(Schedule)
        .values(
            monitor_id=monitor.id,
            from_slot=start,
            organization_id=monitor.organization_id,
            shard=NO_SHARD,
            **span,
        )
        .on_conflict_do_update(index_elements=["monitor_id", "from_slot"], set_=span)
    )


def began_at(session: Session, monitor: Monitor) -> datetime:
    """Return when the current span of a monitor began, such as at the end of a pause."""
    began = session.scalar(
        select(func.max(Schedule.from_slot)).where(Schedule.monitor_id == monitor.id)
    )
    return datetime.fromtimestamp(max(0, (began or 0) - 1 - AHEAD), UTC)


def next_check(session: Session, monitor: Monitor, *, now: datetime) -> datetime | None:
    """Return the next regular slot of a monitor, or None if nothing is dispatched for it."""
    span = session.scalars(
        select(Schedule).where(
            Schedule.monitor_id == monitor.id,
            Schedule.until_slot == FOREVER,
            Schedule.shard != NO_SHARD,
        )
    ).one_or_none()
    if span is None:
        return None
    after = max(int(now.timestamp()), span.from_slot - 1)
    return datetime.fromtimestamp(next_slot(span.phase, span.interval_seconds, after), UTC)


def end(session: Session, monitor: Monitor, *, now: datetime) -> None:
    """End the open span of a monitor after this second."""
    session.execute(
        update(Schedule)
        .where(Schedule.monitor_id == monitor.id, Schedule.until_slot == FOREVER)
        .values(until_slot=func.greatest(Schedule.from_slot, _next_second(now)))
    )


def _next_second(now: datetime) -> int:
    return int(now.timestamp()) + 1
