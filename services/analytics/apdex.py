"""Apdex: how many checks were fast enough, bearable, or neither."""

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
    """Count checks by a threshold: the given one, the monitor's, or the usual one.

    A check that failed frustrates however fast it was; one that nobody could make counts for
    nothing. Nobody waits for a heartbeat, so it has none.
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
