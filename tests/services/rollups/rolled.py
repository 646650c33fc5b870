"""Checks in hours that are rolled up, and what the roll-ups of them should be."""

from collections.abc import Sequence
from random import Random

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY, Rollup
from domain.analytics.sketch import Sketch
from domain.evaluation.outcome import Cause, Outcome
from models import CheckResult, Monitor, MonitorDay, MonitorHour, MonitorMonth, RollupProgress

DAY_ONE = 2_000_000_000 // DAY * DAY
"""A day far ahead, so that no clock of a test machine has reached it."""
PASSED = (Outcome.UP, Outcome.DEGRADED)


def check(
    monitor: Monitor, slot: int, outcome: Outcome, total_us: int, *, region_id: int = 1
) -> dict[str, object]:
    return {
        "monitor_id": monitor.id,
        "organization_id": monitor.organization_id,
        "slot": slot,
        "region_id": region_id,
        "outcome": outcome,
        "cause": Cause.NONE,
        "http_status": 200,
        "total_us": total_us,
        "dns_ms": 1,
        "connect_ms": 2,
        "tls_ms": 3,
        "first_byte_ms": 4,
    }


def draw(
    random: Random, monitor: Monitor, *, low: int, high: int, step: int = 60
) -> list[dict[str, object]]:
    """Draw a check for each slot in [low, high); some are missing."""
    outcomes = [*(Outcome.UP,) * 6, Outcome.DEGRADED, Outcome.DOWN, Outcome.UNKNOWN]
    return [
        check(monitor, slot, random.choice(outcomes), random.randint(1, 2_000_000))
        for slot in range(low, high, step)
        if random.random() < 0.9
    ]


def store(session: Session, checks: Sequence[dict[str, object]]) -> None:
    if checks:
        session.execute(insert(CheckResult), checks)


def expected(checks: Sequence[dict[str, object]]) -> Rollup:
    """Sum up the plainest way there is."""
    took = [int(str(each["total_us"])) for each in checks if each["outcome"] in PASSED]
    counts = {word: sum(each["outcome"] is word for each in checks) for word in Outcome}
    return Rollup(
        up=counts[Outcome.UP],
        degraded=counts[Outcome.DEGRADED],
        down=counts[Outcome.DOWN],
        unknown=counts[Outcome.UNKNOWN],
        total_us=sum(took),
        min_us=min(took, default=0),
        max_us=max(took, default=0),
        dns_ms=len(took),
        connect_ms=2 * len(took),
        tls_ms=3 * len(took),
        first_byte_ms=4 * len(took),
        sketch=Sketch.of(took),
    )


def set_until(session: Session, until: int) -> None:
    """Have everything before this time rolled up."""
    progress = session.scalars(select(RollupProgress)).one()
    progress.until_slot = progress.settling_slot = until
    progress.after_monitor = progress.settling_xid = 0
    session.flush()


def every_row(session: Session) -> list[str]:
    """Return all roll-ups as the database writes them, byte for byte."""
    return [
        row
        for table in (MonitorHour, MonitorDay, MonitorMonth)
        for row in session.scalars(
            text(
                f"SELECT CAST(t AS text) FROM {table.__tablename__} t"
                " ORDER BY monitor_id, from_slot, region_id"
            )
        )
    ]
