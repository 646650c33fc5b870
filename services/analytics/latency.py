"""The latency of a monitor, over its successful checks: from roll-ups, or from single checks."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.analytics.rollup import Rollup
from domain.analytics.sketch import RELATIVE_ERROR
from domain.evaluation.outcome import Outcome
from models import CheckResult, Monitor
from services.rollups import reading
from services.time_range import Window

_PERCENTILES = (0.5, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds of the whole check; None without any check.

    Percentiles are exact, or differ from the exact ones by at most `relative_error`. All other
    numbers are always exact.
    """

    method: Literal["exact", "sketch"] = "exact"
    count: int
    avg: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    min: float | None = None
    max: float | None = None

    @property
    def relative_error(self) -> float:
        return RELATIVE_ERROR if self.method == "sketch" else 0


def of_monitor(session: Session, monitor: Monitor, window: Window) -> Latency:
    """Return the latency of the `up` and `degraded` checks, in milliseconds."""
    return of(session, monitor, window, reading.of_monitor(session, monitor, window))


def of(session: Session, monitor: Monitor, window: Window, rollup: Rollup | None) -> Latency:
    """Return the same for a window whose roll-up was read; None if no hour of it is rolled up."""
    return _exact(session, monitor, window) if rollup is None else _of_rollup(rollup)


def _of_rollup(rollup: Rollup) -> Latency:
    count = rollup.sketch.count
    if not count:
        return Latency(count=0)
    p50, p90, p95, p99 = map(_milliseconds, rollup.percentiles(_PERCENTILES))
    return Latency(
        method="sketch",
        count=count,
        avg=_milliseconds(rollup.total_us / count),
        p50=p50,
        p90=p90,
        p95=p95,
        p99=p99,
        min=_milliseconds(rollup.min_us),
        max=_milliseconds(rollup.max_us),
    )


def _exact(session: Session, monitor: Monitor, window: Window) -> Latency:
    total = CheckResult.total_us
    row = session.execute(
        select(
            func.count(),
            func.avg(total),
            func.min(total),
            func.max(total),
            func.percentile_cont(list(_PERCENTILES)).within_group(total),
        ).where(
            CheckResult.monitor_id == monitor.id,
            CheckResult.slot >= window.first_slot,
            CheckResult.slot < window.end_slot,
            CheckResult.outcome.in_((Outcome.UP, Outcome.DEGRADED)),
            # A ping of a heartbeat has no response time.
            total > 0,
        )
    ).one()
    count, average, least, most, percentiles = row
    if not count:
        return Latency(count=0)
    p50, p90, p95, p99 = map(_milliseconds, percentiles)
    return Latency(
        count=count,
        avg=_milliseconds(average),
        p50=p50,
        p90=p90,
        p95=p95,
        p99=p99,
        min=_milliseconds(least),
        max=_milliseconds(most),
    )


def _milliseconds(microseconds: float) -> float:
    return round(float(microseconds) / 1000, 3)
