"""Dispatch stalls: recorded, followed by extra checks, and reported."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from domain.evaluation.slots import (
    CLOSE_AGE,
    EXTRA_AFTER,
    EXTRA_WITHIN,
    ROWS_OF_STALL,
    SHARDS,
    TOLERANCE,
)
from models import DispatchStall
from services.evaluation import blind_spans


@dataclass(frozen=True, slots=True)
class Stall:
    """The seconds (start, end] without dispatched checks, and the number of missed checks."""

    start: int
    end: int
    missed: int

    @property
    def seconds(self) -> int:
        return self.end - self.start


def note(session: Session, shard: int, *, since: int, now: int) -> Stall | None:
    """Record that a shard stalled in (since, now]; return None if no check was missed.

    For a long stall, the slots after the first hour get no rows, only blind spans, written here.
    Monitors whose last slot was missed and whose next slot is far away get one extra check soon.
    """
    missed = session.execute(
        _MISSED, {"shard": shard, "since": since, "now": now, "tolerance": TOLERANCE}
    ).scalar_one()
    if not missed:
        return None
    closed = max(since, now - CLOSE_AGE)
    rows_until = min(since + ROWS_OF_STALL, closed)
    session.add(
        DispatchStall(
            shard=shard, from_slot=since, until_slot=now, rows_until=rows_until, missed=missed
        )
    )
    session.flush()
    if rows_until < closed:
        blind_spans.cover(session, shard, after=rows_until, until=closed)
    session.execute(
        _ASK_EXTRA,
        {
            "shard": shard,
            "since": since,
            "now": now,
            "tolerance": TOLERANCE,
            "after": EXTRA_AFTER,
            "within": EXTRA_WITHIN,
        },
    )
    return Stall(since, now, missed)


# A slot is missed if it is too old to be published now. The number within a span is the number
# before its end minus the number before its start.
_MISSED = text("""
    SELECT coalesce(sum(regions * GREATEST(
        0, (high - phase + interval) / interval - (low - phase + interval) / interval)), 0)
    FROM (
        SELECT cardinality(region_ids) AS regions, phase, interval_seconds AS interval,
            GREATEST(:since, from_slot - 1) AS low,
            LEAST(:now - LEAST(interval_seconds, :tolerance), until_slot - 1) AS high
        FROM schedules
        WHERE shard = :shard AND from_slot <= :now AND until_slot > :since
    ) AS watched
    WHERE high > low
""")

_ASK_EXTRA = text("""
    INSERT INTO rechecks (monitor_id, region_id, organization_id, shard, due, expires)
    SELECT due.monitor_id, region.id, due.organization_id, :shard, :now, :now + :within
    FROM (
        SELECT monitor_id, organization_id, region_ids, interval_seconds, from_slot,
            :now - (:now - phase) % interval_seconds AS newest
        FROM schedules
        WHERE shard = :shard AND from_slot <= :now AND until_slot > :now
            AND interval_seconds > :after
    ) AS due CROSS JOIN LATERAL unnest(due.region_ids) AS region (id)
    WHERE due.newest > :since AND due.newest >= due.from_slot
        AND due.newest <= :now - LEAST(due.interval_seconds, :tolerance)
        AND due.newest + due.interval_seconds > :now + :after
    ORDER BY due.monitor_id, region.id
    ON CONFLICT DO NOTHING
""")


def without_rows(session: Session, shard: int, *, after: int) -> tuple[int, int] | None:
    """Return the first seconds (start, end] after `after` whose slots get no rows, or None."""
    row = session.execute(
        select(DispatchStall.rows_until, DispatchStall.until_slot - CLOSE_AGE)
        .where(
            DispatchStall.shard == shard,
            DispatchStall.until_slot - CLOSE_AGE > after,
            DispatchStall.rows_until < DispatchStall.until_slot - CLOSE_AGE,
        )
        .order_by(DispatchStall.from_slot)
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None


@dataclass(frozen=True, slots=True)
class Totals:
    """The average seconds that a shard was stalled, and the missed checks of all shards."""

    seconds: float
    missed: int


def totals(session: Session) -> Totals:
    """Sum up all stored stalls."""
    seconds, missed = session.execute(
        select(
            func.coalesce(func.sum(DispatchStall.until_slot - DispatchStall.from_slot), 0),
            func.coalesce(func.sum(DispatchStall.missed), 0),
        )
    ).one()
    return Totals(seconds / SHARDS, missed)


_SETTLED = timedelta(seconds=10)
"""All shards have recorded a stall this long after its end."""


def take_unreported(session: Session, *, now: datetime) -> Stall | None:
    """Return the unreported stalls of all shards as one, and mark them as reported now.

    Return None if there are none.
    """
    settled = int((now - _SETTLED).timestamp())
    rows = session.execute(
        update(DispatchStall)
        .where(DispatchStall.reported_at.is_(None), DispatchStall.until_slot < settled)
        .values(reported_at=now)
        .returning(DispatchStall.from_slot, DispatchStall.until_slot, DispatchStall.missed)
    ).all()
    if not rows:
        return None
    return Stall(
        min(row.from_slot for row in rows),
        max(row.until_slot for row in rows),
        sum(row.missed for row in rows),
    )


def give_back(session: Session, *, taken_at: datetime) -> None:
    """Mark the stalls taken at that time as unreported, because their report failed."""
    session.execute(
        update(DispatchStall).where(DispatchStall.reported_at == taken_at).values(reported_at=None)
    )
