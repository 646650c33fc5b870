"""Apdex: counts satisfying, tolerable and frustrating checks."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.analytics.report import TOLERABLE, Apdex
from domain.evaluation import heartbeat
from domain.evaluation.outcome import Outcome
from models import CheckResult, Monitor
from services.time_range import Window

USUAL_THRESHOLD_MS = 500


def of_monitor(
    session: Session, monitor: Monitor, window: Window, *, threshold_ms: int | None
) -> Apdex | None:
    """Count checks by a threshold: the given one, the monitor's, or the default.

    A failed check is frustrating, however fast it was; an unknown one does not count. Return None
    for a heartbeat, whose response time nobody waits for.
    """
    if monitor.kind == heartbeat.KIND:
        return None
    threshold = threshold_ms or monitor.latency_threshold_ms or USUAL_THRESHOLD_MS
    limit = threshold * 1000
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
    return Apdex(
        threshold_ms=threshold,
        satisfied=satisfied,
        tolerating=bearable - satisfied,
        frustrated=every - bearable,
    )
