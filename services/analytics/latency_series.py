"""The latency of monitors over time, by hour, day or month, for charts and sparklines."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.analytics.rollup import (
    HOUR,
    HOURS_KEPT,
    Rollup,
    Step,
    hour_of,
    kept_from,
    merge,
    over_before,
    percentile_of,
)
from domain.analytics.sketch import Sketch
from models import Monitor, MonitorHour
from services.errors import Invalid
from services.rollups import check_rows, progress, reading
from services.rollups.rows import RolledUp
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
    """A step from `start` on, in milliseconds; the last one may not be over yet.

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

    step: Step
    points: Sequence[Point]


def of_monitor(
    session: Session,
    monitor: Monitor,
    window: Window,
    *,
    now: datetime,
    step: Step | None = None,
    region_id: int | None = None,
) -> Series:
    """Return the latency of a window, which is widened to whole steps in UTC and ends now.

    Without a step, it is by hour if the window is at most 14 days long and its hours are kept, and
    by day otherwise. With a region, only the checks of that region count.

    Raise `Invalid` if the window begins before the hours that are kept, and is to be by hour.
    """
    until = progress.until(session)
    step = step or _usual(window, until)
    if step is Step.HOUR and hour_of(window.first_slot) < kept_from(until):
        raise Invalid({"step": [f"Hours are kept for {HOURS_KEPT} days. Ask for days or months."]})
    present = int(now.timestamp()) + 1
    starts = list(_starts(step, window.first_slot, min(window.end_slot, present)))
    counted: dict[int, list[Rollup]] = defaultdict(list)
    if starts:
        end = min(step.following(starts[-1]), present)
        for each in _parts(session, monitor, starts[0], end, step):
            if region_id in (None, each.region_id):
                counted[step.begin(each.from_slot)].append(each.rollup)
    return Series(step, [_point(at, merge(counted.get(at, ()))) for at in starts])


def _usual(window: Window, until: int) -> Step:
    is_short = window.end - window.start <= LONGEST_BY_HOUR
    is_kept = hour_of(window.first_slot) >= kept_from(until)
    return Step.HOUR if is_short and is_kept else Step.DAY


def _starts(step: Step, low: int, high: int) -> Iterator[int]:
    at = step.begin(low)
    while at < high:
        yield at
        at = step.following(at)


def _parts(session: Session, monitor: Monitor, low: int, high: int, step: Step) -> list[RolledUp]:
    found = reading.parts(session, monitor, low, high, longest=step)
    if found is None:
        return check_rows.by_hour(session, [monitor.id], low=low, high=high)
    return found


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
    counted: dict[tuple[int, int], list[tuple[bytes, int, int]]] = defaultdict(list)
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
        counted[monitor_id, (from_slot - begin) // HOUR].append((bytes(sketch), least, most))
    for (monitor_id, hour), of_regions in counted.items():
        p95 = _p95(of_regions)
        if p95 is not None:
            found[monitor_id][hour] = _milliseconds(p95)
    return found


def _p95(of_regions: Sequence[tuple[bytes, int, int]]) -> float | None:
    """Return the 95th percentile of encoded sketches, each with its least and its most."""
    if len(of_regions) == 1:
        (encoded, least, most) = of_regions[0]
        return percentile_of(encoded, 0.95, least=least, most=most)
    merged = merge(
        Rollup(min_us=least, max_us=most, sketch=Sketch.decode(encoded))
        for encoded, least, most in of_regions
    )
    return merged.percentiles((0.95,))[0] if merged.sketch.counts else None


def _milliseconds(microseconds: float) -> float:
    return round(microseconds / 1000, 3)
