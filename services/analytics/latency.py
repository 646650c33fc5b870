"""The latency of a monitor, over its successful checks."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from models import CheckResult, Monitor
from services.time_range import Window

_PERCENTILES = (0.5, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds of the whole check; None without any check."""

    count: int
    avg: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    min: float | None = None
    max: float | None = None


def of_monitor(session: Session, monitor: Monitor, window: Window) -> Latency:
    """Return the latency of the `up` and `degraded` checks, in milliseconds."""
    total = CheckResult.total_us
    figures = session.execute(
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
    count, average, least, most, percentiles = figures
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
