"""Each figure of an analysis, of both periods and between them, as numpy counts the raw rows."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from models import BlindSpan, Monitor
from services.analytics import monitor_report
from services.analytics.monitor_report import MonitorAnalysis, PeriodMetrics
from services.time_range import Window
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.analytics.test_monitor_report import watched

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
LENGTH = 3600
END = int(NOW.timestamp())
BEGIN = END - 2 * LENGTH
THRESHOLD_MS = 400


@dataclass
class Raw:
    """Two hours: the condition of each second, the outages, and the checks."""

    unknown: np.ndarray
    outages: list[tuple[int, int]]
    slots: np.ndarray
    took_ms: np.ndarray
    passed: np.ndarray


def drawn(session: Session, monitor: Monitor, random: Random) -> Raw:
    """Store random outages, unknown spans and checks; return them as arrays."""
    moments = sorted(random.sample(range(0, 2 * LENGTH, 60), 8))
    outages = [(BEGIN + a, BEGIN + b) for a, b in list(pairwise(moments))[::2]]
    for start, end in outages:
        make.incident(session, monitor, started_at=make.at(start), ended_at=make.at(end))
    slots = np.array(sorted(random.sample(range(BEGIN, END), 150)))
    took = np.array([random.randint(1, 3_000_000) / 1000 for _ in slots])
    passed = np.array([random.random() < 0.8 for _ in slots])
    for slot, each, has_passed in zip(slots.tolist(), took.tolist(), passed.tolist(), strict=True):
        outcome = Outcome.UP if has_passed else Outcome.DOWN
        make.check(session, monitor, slot, outcome, total_us=round(each * 1000))
    return Raw(_unknown(session, monitor, random), outages, slots, took, passed)


def _unknown(session: Session, monitor: Monitor, random: Random) -> np.ndarray:
    """Store unknown spans, after the checks: a known check would take its time out of them."""
    unknown = np.zeros(2 * LENGTH, bool)
    for start in random.sample(range(0, 2 * LENGTH - 300, 600), 3):
        length = random.choice([60, 120, 300])
        unknown[start : start + length] = True
        session.add(
            BlindSpan(
                monitor_id=monitor.id,
                organization_id=monitor.organization_id,
                from_slot=BEGIN + start,
                until_slot=BEGIN + start + length,
            )
        )
    session.flush()
    return unknown


def judged(raw: Raw, begin: int) -> dict[str, float | None]:
    """Compute the figures of an hour the plainest way there is."""
    seconds = np.arange(begin, begin + LENGTH)
    unknown = raw.unknown[begin - BEGIN : begin - BEGIN + LENGTH]
    within = np.array([(seconds >= a) & (seconds < b) & ~unknown for a, b in raw.outages])
    down = within.any(axis=0)
    lasted = within.sum(axis=1)
    began = [begin <= a < begin + LENGTH for a, _ in raw.outages]
    incidents = int((np.array(began) & (lasted > 0)).sum())
    ended = [
        b - a for (a, b), n in zip(raw.outages, lasted, strict=True) if n and b <= seconds[-1] + 1
    ]
    up = int((~down & ~unknown).sum())
    here = (raw.slots >= begin) & (raw.slots < begin + LENGTH)
    took = raw.took_ms[here & raw.passed]
    worth = np.select([raw.took_ms <= THRESHOLD_MS, raw.took_ms <= 4 * THRESHOLD_MS], [1, 0.5], 0)
    p50, p90, p95, p99 = np.percentile(took, [50, 90, 95, 99])
    return {
        "availability": 100 * up / (up + int(down.sum())),
        "down": int(down.sum()),
        "unknown": int(unknown.sum()),
        "coverage": float((~unknown).mean()),
        "incidents": incidents,
        "mttr": float(np.mean(ended)) if ended else None,
        "mtbf": up / incidents if incidents else None,
        "longest": int(lasted.max()),
        "count": len(took),
        "avg": took.mean(),
        "min": took.min(),
        "max": took.max(),
        "p50": p50,
        "p90": p90,
        "p95": p95,
        "p99": p99,
        "apdex": (worth * raw.passed)[here].mean(),
    }


def shown(found: PeriodMetrics) -> dict[str, float | None]:
    reliability, latency = found.reliability, found.latency
    assert found.apdex is not None
    return {
        "availability": reliability.availability,
        "down": reliability.uptime.down,
        "unknown": reliability.uptime.unknown,
        "coverage": reliability.coverage,
        "incidents": reliability.incidents,
        "mttr": reliability.mttr,
        "mtbf": reliability.mtbf,
        "longest": reliability.longest_outage,
        **{
            name: getattr(latency, name)
            for name in ("count", "avg", "min", "max", "p50", "p90", "p95", "p99")
        },
        "apdex": found.apdex.score,
    }


def differences(
    current: dict[str, float | None], previous: dict[str, float | None]
) -> dict[str, float | None]:
    names = ("availability", "down", "incidents", "mttr", "mtbf", "p95", "apdex")
    found: dict[str, float | None] = {}
    for name in names:
        now, then = current[name], previous[name]
        found[name] = None if now is None or then is None else now - then
    return found


def changes(found: MonitorAnalysis) -> dict[str, float | None]:
    names = ("availability", "down", "incidents", "mttr", "mtbf", "p95", "apdex")
    return {name: getattr(found.change, name) for name in names}


@pytest.mark.parametrize("seed", range(5))
def test_each_figure_is_what_numpy_counts(session: Session, seed: int) -> None:
    monitor = watched(session, organization(session).id)
    raw = drawn(session, monitor, Random(seed))
    window = Window(make.at(END - LENGTH), NOW)
    found = monitor_report.of_monitor(session, monitor, window, threshold_ms=THRESHOLD_MS, now=NOW)
    current, previous = judged(raw, END - LENGTH), judged(raw, BEGIN)
    assert shown(found.current) == pytest.approx(current, abs=0.001)
    assert shown(found.previous) == pytest.approx(previous, abs=0.001)
    assert changes(found) == pytest.approx(differences(current, previous), abs=0.002)
