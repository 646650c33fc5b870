"""Apdex: counts satisfying, tolerable and frustrating checks."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.analytics.report import TOLERABLE, Apdex
from domain.analytics.rollup import Rollup
from domain.evaluation import heartbeat
from domain.evaluation.outcome import Outcome
from models import CheckResult, Monitor
from services.time_range import Window

USUAL_THRESHOLD_MS = 500
LONGEST_THRESHOLD_MS = 60_000


def of(
    session: Session,
    monitor: Monitor,
    window: Window,
    rollup: Rollup | None,
    *,
    threshold_ms: int | None,
) -> Apdex | None:
    """Count checks by a threshold: the given one, the monitor's, or the default.

    They are counted from the roll-up of the window, if it has one; the threshold is then exact to
    one percent. A failed check is frustrating, however fast it was; an unknown one does not count.
    Return None for a heartbeat, whose response time nobody waits for.
    """
    if monitor.kind == heartbeat.KIND:
        return None
    threshold = threshold_ms or monitor.latency_threshold_ms or USUAL_THRESHOLD_MS
    limit = threshold * 1000
    satisfied, bearable, every = (
        _exact(session, monitor, window, limit) if rollup is None else _of_rollup(rollup, limit)
    )
    return Apdex(
        threshold_ms=threshold,
        satisfied=satisfied,
        tolerating=bearable - satisfied,
        frustrated=every - bearable,
    )


def _of_rollup(rollup: Rollup, limit: int) -> tuple[int, int, int]:
    """Return how many checks took up to the limit, up to what is tolerable, and all that count."""
    without_latency = rollup.passed - rollup.sketch.count
    return (
        without_latency + rollup.sketch.at_most(limit),
        without_latency + rollup.sketch.at_most(TOLERABLE * limit),
        rollup.passed + rollup.down,
    )


def _exact(session: Session, monitor: Monitor, window: Window, limit: int) -> tuple[int, int, int]:
    passed = CheckResult.outcome.in_((Outcome.UP, Outcome.DEGRADED))
    counts = session.execute(
        select(
            func.count().filter(passed, CheckResult.total_us <= limit),
            func.count().filter(passed, CheckResult.total_us <= TOLERABLE * limit),
            func.count(),
        ).where(
            CheckResult.monitor_id == monitor.id,
            CheckResult.slot >= window.first_slot,
            CheckResult.slot < window.end_slot,
            CheckResult.outcome != Outcome.UNKNOWN,
        )
    ).one()
    satisfied, bearable, every = counts
    return satisfied, bearable, every
