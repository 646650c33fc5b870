"""The uptime and the latency of a monitor over time: one point for each hour, day or month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from domain.analytics.days import Windows
from domain.analytics.rollup import Step
from domain.analytics.uptime import Uptime
from models import Monitor
from services.analytics import latency_series, uptime
from services.analytics.latency_series import Point
from services.time_range import Window


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """A step from `start` to `end`, which is now for the last step if it is not over."""

    start: datetime
    end: datetime
    uptime: Uptime
    latency: Point


@dataclass(frozen=True, slots=True)
class Series:
    """One point for each step, the oldest first."""

    step: Step
    points: Sequence[SeriesPoint]


def of_monitor(
    session: Session,
    monitor: Monitor,
    window: Window,
    *,
    step: Step | None,
    region_id: int | None,
    now: datetime,
) -> Series:
    """Return the series of a window, which is widened to whole steps in UTC and ends now.

    The uptime is that of the monitor; the latency is that of the region, if one is given. The
    uptimes of all points add up to that of their time.

    Raise `Invalid` if the window begins before the hours that are kept, and is to be by hour.
    """
    found = latency_series.of_monitor(
        session, monitor, window, now=now, step=step, region_id=region_id
    )
    if not found.points:
        return Series(found.step, ())
    starts = [point.start for point in found.points]
    last = datetime.fromtimestamp(found.step.following(int(starts[-1].timestamp())), UTC)
    ends = [*starts[1:], min(last, now)]
    history = uptime.histories(
        session, monitor.organization_id, [monitor], Window(starts[0], ends[-1]), now=now
    )[monitor.id]
    bounds = [each.timestamp() for each in (*starts, ends[-1])]
    shares = Windows(bounds).shares(history)
    return Series(
        found.step,
        [
            SeriesPoint(start, end, share.uptime, point)
            for start, end, share, point in zip(starts, ends, shares, found.points, strict=True)
        ],
    )
