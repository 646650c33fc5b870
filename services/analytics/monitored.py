"""When monitors were monitored: their schedules around a window, and the shards that stalled."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, Text, cast, func, not_, or_, select
from sqlalchemy.orm import Session

from domain.analytics.uptime import Span
from domain.evaluation.slots import FOREVER, TOLERANCE, next_slot
from models import DispatchShard, Schedule
from services.pg_arrays import any_of, numbers_of
from services.time_range import Window


class Monitored(NamedTuple):
    """The columns of a `Schedule` that matter here."""

    monitor_id: int
    from_slot: int
    until_slot: int
    interval_seconds: int
    phase: int
    shard: int

    def span(self, until: float) -> Span:
        """Return the span from its first slot on: before it, the monitor was not monitored."""
        first = next_slot(self.phase, self.interval_seconds, self.from_slot - 1)
        return Span(first, min(self.until_slot, until))


_COLUMNS = [getattr(Schedule, name) for name in Monitored._fields]


def of(session: Session, ids: Collection[int], window: Window) -> Iterator[Monitored]:
    return map(Monitored._make, session.execute(around(ids, window)))


def around(ids: Collection[int] | Select[int], window: Window) -> Select[*tuple[int, ...]]:
    """Select the columns of a `Monitored` of the schedules around the window."""
    return select(*_COLUMNS).where(*_around(ids, window))


def apart(
    session: Session,
    present: Select[int],
    window: Window,
    eventful: Collection[int],
    stopped: Collection[int],
) -> tuple[Iterator[Monitored], int]:
    """Return the schedules around the window, and the number of those that are left out.

    These cover the whole window, and there is nothing else to tell of their monitors. They are
    almost all, so that a row of each takes far longer than everything else.
    """
    is_needed = or_(
        any_of(Schedule.monitor_id.expression, eventful),
        Schedule.shard.in_(stopped),
        Schedule.until_slot < window.end_slot,
        # Its first slot may come one interval after its start. A sum could exceed an integer.
        Schedule.from_slot > window.first_slot - Schedule.interval_seconds,
    )
    # The offset lets Postgres decide once for each row, not once for each array.
    rows = (
        select(*_COLUMNS, is_needed.label("is_needed")).where(*_around(present, window)).offset(0)
    )
    *columns, needed = rows.subquery().c
    arrays = (cast(func.array_agg(each).filter(needed), Text) for each in columns)
    *numbers, others = session.execute(select(*arrays, func.count().filter(not_(needed)))).one()
    return map(Monitored._make, zip(*map(numbers_of, numbers), strict=True)), others


def _around(ids: Collection[int] | Select[int], window: Window) -> tuple[ColumnElement[bool], ...]:
    return (
        Schedule.monitor_id.in_(ids),
        Schedule.until_slot >= window.first_slot,
        Schedule.from_slot < window.end_slot,
    )


def stopped_shards(session: Session, until: float) -> Mapping[int, int]:
    """Return the last dispatched second of the shards that are stalled."""
    rows = session.execute(
        select(DispatchShard.shard, DispatchShard.watermark).where(
            DispatchShard.watermark < until - TOLERANCE
        )
    )
    return dict(rows.all())


def not_dispatched(
    schedules: Sequence[Monitored], stopped: Mapping[int, int], until: float
) -> Iterator[Span]:
    """Yield the time from the first slot that was not published."""
    for each in schedules:
        if each.until_slot == FOREVER and (watermark := stopped.get(each.shard)) is not None:
            low = max(watermark, each.from_slot - 1)
            yield Span(next_slot(each.phase, each.interval_seconds, low), until)
