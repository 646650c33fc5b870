"""When a monitor is watched: stretches of time that never overlap, so that each slot is known.

A stretch begins some seconds after the change: a dispatcher reads what is committed, and must have it
before its first slot. A later change that comes to the same second alters it in place.
"""

from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.evaluation.slots import FOREVER, phase_of, shard_of
from models import Monitor, Schedule

AHEAD = 5
"""Seconds from a change to the first slot that it may have: enough for the commit of a bulk."""
NO_SHARD = -1
"""The shard of stretches that no dispatcher works off."""


def begin(session: Session, monitors: list[Monitor], *, now: datetime) -> None:
    """Watch monitors that were never watched before."""
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
    """Watch a monitor whose last stretch was ended."""
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
            # Not before the end of the last one, even if the clock was set back.
            from_slot=max(_next_second(now) + AHEAD, last_end or 0),
            organization_id=monitor.organization_id,
            shard=shard_of(monitor.id),
            **span,
        )
        .on_conflict_do_update(index_elements=["monitor_id", "from_slot"], set_=span)
    )


def cover(session: Session, monitor: Monitor, *, from_slot: int) -> None:
    """Count a monitor that nobody probes as watched from this result on, if it is not yet.

    Its stretch belongs to no shard, so that nothing is dispatched, and has no slot but the first.
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
    """Return the change since which a monitor is watched as it is now, such as the end of a pause."""
    began = session.scalar(
        select(func.max(Schedule.from_slot)).where(Schedule.monitor_id == monitor.id)
    )
    return datetime.fromtimestamp(max(0, (began or 0) - 1 - AHEAD), UTC)


def end(session: Session, monitor: Monitor, *, now: datetime) -> None:
    """Watch a monitor no more after this second."""
    session.execute(
        update(Schedule)
        .where(Schedule.monitor_id == monitor.id, Schedule.until_slot == FOREVER)
        .values(until_slot=func.greatest(Schedule.from_slot, _next_second(now)))
    )


def _next_second(now: datetime) -> int:
    return int(now.timestamp()) + 1
