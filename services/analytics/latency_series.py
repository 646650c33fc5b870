"""The latency of monitors over time, by hour or by day, for charts and sparklines."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.analytics.rollup import (
    DAY,
    HOUR,
    Rollup,
    day_of,
    hour_of,
    kept_from,
    merge,
    over_before,
    percentile_of,
)
from models import Monitor, MonitorDay, MonitorHour
from services.rollups import check_rows, progress, rows
from services.time_range import Window

LONGEST_BY_HOUR = timedelta(days=14)
_SHARES = (0.5, 0.95, 0.99)
_SWEEP_SECONDS = 60
"""Within this time after an hour is over, it is rolled up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """The mean milliseconds of each phase of the passed checks."""

    dns: float
    connect: float
    tls: float
    first_byte: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An hour or a day from `start` on, in milliseconds; the last one may not be over yet.

    `count` are the passed checks with a latency; without any, the figures are None. Percentiles are
    exact to one percent. `failed` and `unknown` are numbers of checks.
    """

    start: datetime
    count: int
    avg: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    phases: Phases | None = None
    failed: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """One point for each step of a window, the oldest first."""

    step: timedelta
    points: Sequence[Point]


def of_monitor(session: Session, monitor: Monitor, window: Window, *, now: datetime) -> Series:
    """Return the latency by hour if the window is at most 14 days long, and by day beyond.

    The window is widened to whole hours or days in UTC, and ends now. It is also by day if it
    begins before the hours that are kept.
    """
    until = progress.until(session)
    low, high = window.first_slot, min(window.end_slot, int(now.timestamp()) + 1)
    is_short = window.end - window.start <= LONGEST_BY_HOUR
    step = HOUR if is_short and hour_of(low) >= kept_from(until) else DAY
    begin = low - low % step
    end = min(-(-high // step) * step, int(now.timestamp()) + 1)
    read = _hours if step == HOUR else _days
    found = read(session, monitor.id, begin, end, until)
    return Series(
        timedelta(seconds=step),
        [_point(at, found.get(at, Rollup())) for at in range(begin, end, step)],
    )


def _hours(
    session: Session, monitor_id: int, begin: int, end: int, until: int
) -> Mapping[int, Rollup]:
    """Return the roll-ups of hours; those that are not written yet are counted from checks."""
    written = min(max(until, begin), end)
    found = rows.read(session, MonitorHour, [monitor_id], low=begin, high=written)
    if written < end:
        found += check_rows.by_hour(session, [monitor_id], low=written, high=end)
    return {each.from_slot: each.rollup for each in found}


def _days(
    session: Session, monitor_id: int, begin: int, end: int, until: int
) -> Mapping[int, Rollup]:
    """Return the roll-ups of days; one that is not over is put together from its hours."""
    written = min(max(day_of(until), begin), end)
    found = rows.read(session, MonitorDay, [monitor_id], low=begin, high=written)
    days = {each.from_slot: each.rollup for each in found}
    if written < end:
        parts: dict[int, list[Rollup]] = defaultdict(list)
        for hour, rollup in _hours(session, monitor_id, written, end, until).items():
            parts[day_of(hour)].append(rollup)
        days |= {day: merge(each) for day, each in parts.items()}
    return days


def _point(start: int, rollup: Rollup) -> Point:
    count = rollup.sketch.count
    point = Point(
        start=datetime.fromtimestamp(start, UTC),
        count=count,
        failed=rollup.down,
        unknown=rollup.unknown,
    )
    return point if not count else _with_latency(point, rollup)


def _with_latency(point: Point, rollup: Rollup) -> Point:
    count = point.count
    p50, p95, p99 = map(_milliseconds, rollup.percentiles(_SHARES))
    return Point(
        start=point.start,
        count=count,
        avg=_milliseconds(rollup.total_us / count),
        p50=p50,
        p95=p95,
        p99=p99,
        phases=Phases(
            dns=round(rollup.dns_ms / count, 3),
            connect=round(rollup.connect_ms / count, 3),
            tls=round(rollup.tls_ms / count, 3),
            first_byte=round(rollup.first_byte_ms / count, 3),
        ),
        failed=point.failed,
        unknown=point.unknown,
    )


def sparklines(
    session: Session,
    organization_id: int,
    monitor_ids: Collection[int],
    *,
    now: datetime,
    hours: int = 24,
) -> dict[int, list[float | None]]:
    """Return the 95th percentile of the last whole hours in milliseconds, by monitor.

    The oldest comes first; an hour without a passed check is None.
    """
    end = over_before(int(now.timestamp()) - _SWEEP_SECONDS)
    begin = end - hours * HOUR
    found: dict[int, list[float | None]] = {each: [None] * hours for each in monitor_ids}
    for monitor_id, from_slot, sketch, least, most in session.execute(
        select(
            MonitorHour.monitor_id,
            MonitorHour.from_slot,
            MonitorHour.sketch,
            MonitorHour.min_us,
            MonitorHour.max_us,
        ).where(
            MonitorHour.organization_id == organization_id,
            MonitorHour.monitor_id.in_(found),
            MonitorHour.from_slot >= begin,
            MonitorHour.from_slot < end,
        )
    ):
        p95 = percentile_of(bytes(sketch), 0.95, least=least, most=most)
        if p95 is not None:
            found[monitor_id][(from_slot - begin) // HOUR] = _milliseconds(p95)
    return found


def _milliseconds(microseconds: float) -> float:
    return round(microseconds / 1000, 3)
