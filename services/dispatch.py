"""Decide which checks are due: one shard, one transaction, the database's clock.

    slots ───published────────┤watermark        now
                ├─verified (age 30 s: holes once more)
      ├─closed (age 90 s: unknown rows)

The caller publishes what `claim` returns and then commits. A crash before the commit repeats
messages, which is harmless; nothing that was counted as published can be lost by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.outcome import Cause, Outcome
from domain.slots import (
    CLOSE_AGE,
    CLOSE_AT_MOST,
    PUBLISH_AT_MOST,
    VERIFY_AGE,
    VERIFY_AT_MOST,
)
from probes.base import ProbeResult
from services import checks
from services.results import Observed

_STEP = 5
"""Seconds that verification and closing move at once: looking each second costs more and finds no more."""

_NO_RESULT = ProbeResult(
    outcome=Outcome.UNKNOWN,
    cause=Cause.NO_RESULT,
    detail="This check was not made in time. Nothing is known of the site at this moment.",
)


@dataclass(frozen=True, slots=True)
class DueCheck:
    """One check to publish; together they are all that a check message says."""

    monitor_id: int
    slot: int
    version: int
    region: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What one tick found to do: checks to publish and deliveries to wake, after the commit."""

    now: int
    due: Sequence[DueCheck]
    deliveries: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Shard:
    shard: int
    watermark: int
    verified: int
    closed: int
    now: int


def claim(session: Session, shard: int) -> Claim | None:
    """Take the shard's turn, unless another dispatcher has it or this second is done."""
    row = session.execute(_LOCK, {"shard": shard}).one_or_none()
    if row is None or row.now <= row.watermark:
        return None
    at = _Shard(shard, row.watermark, row.verified, row.closed, row.now)
    due = [*_regular(session, at), *_rechecks(session, at)]
    verified, closed = at.verified, at.closed
    if at.now - VERIFY_AGE >= verified + _STEP:
        verified = at.now - VERIFY_AGE
        due += _holes(session, at, up_to=verified)
    told: Sequence[int] = ()
    if at.now - CLOSE_AGE >= closed + _STEP:
        closed = min(at.now - CLOSE_AGE, closed + CLOSE_AT_MOST)
        told = _close(session, at, up_to=closed)
    session.execute(
        _ADVANCE, {"shard": shard, "watermark": at.now, "verified": verified, "closed": closed}
    )
    return Claim(at.now, due, told)


_LOCK = text("""
    SELECT watermark, verified, closed, CAST(floor(extract(epoch FROM clock_timestamp())) AS int) AS now
    FROM dispatch_shards WHERE shard = :shard FOR UPDATE SKIP LOCKED
""")

_ADVANCE = text("""
    UPDATE dispatch_shards SET watermark = :watermark, verified = :verified, closed = :closed
    WHERE shard = :shard
""")

# The intervals of a shard, each found by one step through the index however many monitors have it.
_INTERVALS = text("""
    WITH RECURSIVE found (seconds) AS (
        (SELECT interval_seconds FROM schedules WHERE shard = :shard
            ORDER BY interval_seconds LIMIT 1)
        UNION ALL
        SELECT (SELECT interval_seconds FROM schedules
            WHERE shard = :shard AND interval_seconds > found.seconds
            ORDER BY interval_seconds LIMIT 1)
        FROM found WHERE found.seconds IS NOT NULL)
    SELECT seconds FROM found WHERE seconds IS NOT NULL
""")

# What is due in given seconds, by index: of each interval the one phase. Once for each region.
_SLOTS = """
    SELECT s.monitor_id, due.slot, m.version, region.id AS region_id, s.organization_id
    FROM unnest(CAST(:intervals AS int[]), CAST(:phases AS int[]), CAST(:slots AS int[]))
        AS due (interval_seconds, phase, slot)
    JOIN schedules s ON s.shard = :shard AND s.interval_seconds = due.interval_seconds
        AND s.phase = due.phase AND s.from_slot <= due.slot AND s.until_slot > due.slot
    JOIN monitors m ON m.id = s.monitor_id AND m.deleted_at IS NULL
    CROSS JOIN LATERAL unnest(s.region_ids) AS region (id)
"""


def _slots(session: Session, at: _Shard, *, low: int, high: int) -> dict[str, object]:
    """Return the parameters of `_SLOTS` for the seconds in (low, high]."""
    intervals = session.scalars(_INTERVALS, {"shard": at.shard}).all()
    due = [(each, slot) for slot in range(low + 1, high + 1) for each in intervals]
    return {
        "shard": at.shard,
        "intervals": [interval for interval, _ in due],
        "phases": [slot % interval for interval, slot in due],
        "slots": [slot for _, slot in due],
    }


_REGULAR = text(f"""
    SELECT due.monitor_id, due.slot, due.version, r.name AS region
    FROM ({_SLOTS}) AS due JOIN regions r ON r.id = due.region_id
""")  # noqa: S608 - put together from constants of this file


def _regular(session: Session, at: _Shard) -> list[DueCheck]:
    """List what became due since the last tick; after a stall, only the last seconds of it."""
    low = max(at.watermark, at.now - PUBLISH_AT_MOST)
    rows = session.execute(_REGULAR, _slots(session, at, low=low, high=at.now))
    return [DueCheck(*row) for row in rows]


# An unknown of a worker's own making is a hole too: another look may still find the truth.
_HOLES = text(f"""
    SELECT due.monitor_id, due.slot, due.version, r.name AS region
    FROM ({_SLOTS}) AS due JOIN regions r ON r.id = due.region_id
    WHERE NOT EXISTS (
        SELECT FROM check_results c
        WHERE c.monitor_id = due.monitor_id AND c.slot = due.slot AND c.region_id = due.region_id
            AND c.outcome <> 9)
""")  # noqa: S608 - put together from constants of this file


def _holes(session: Session, at: _Shard, *, up_to: int) -> list[DueCheck]:
    """List the slots that should have a result by now; each is looked at once.

    After a stall the slots that are older still are left alone: a burst of late checks would say
    nothing of the time that they stand for.
    """
    low = max(at.verified, up_to - VERIFY_AT_MOST)
    rows = session.execute(_HOLES, _slots(session, at, low=low, high=up_to))
    return [DueCheck(*row) for row in rows]


_RECHECKS = text("""
    UPDATE rechecks c SET published_at = clock_timestamp()
    FROM monitors m, regions r
    WHERE m.id = c.monitor_id AND m.deleted_at IS NULL AND r.id = c.region_id
        AND c.shard = :shard AND c.slot <= :now AND c.slot > :oldest
        AND (c.published_at IS NULL
            OR c.published_at < clock_timestamp() - make_interval(secs => :again))
    RETURNING c.monitor_id, c.slot, m.version, r.name
""")


def _rechecks(session: Session, at: _Shard) -> list[DueCheck]:
    parameters = {
        "shard": at.shard,
        "now": at.now,
        "oldest": at.now - VERIFY_AGE - VERIFY_AT_MOST,
        "again": VERIFY_AGE,
    }
    return [DueCheck(*row) for row in session.execute(_RECHECKS, parameters)]


_MISSING = text(f"""
    SELECT due.organization_id, due.monitor_id, due.region_id, due.slot
    FROM (
        {_SLOTS}
        UNION ALL
        SELECT c.monitor_id, c.slot, m.version, c.region_id, c.organization_id
        FROM rechecks c JOIN monitors m ON m.id = c.monitor_id AND m.deleted_at IS NULL
        WHERE c.shard = :shard AND c.slot <= :high
    ) AS due
    WHERE NOT EXISTS (
        SELECT FROM check_results c
        WHERE c.monitor_id = due.monitor_id AND c.slot = due.slot AND c.region_id = due.region_id)
""")  # noqa: S608 - put together from constants of this file


def _close(session: Session, at: _Shard, *, up_to: int) -> list[int]:
    """Write the unknowns of slots that nobody can still answer for."""
    parameters = {**_slots(session, at, low=at.closed, high=up_to), "high": up_to}
    unanswered = [
        Observed(
            organization_id=row.organization_id,
            monitor_id=row.monitor_id,
            region_id=row.region_id,
            slot=row.slot,
            version=None,
            result=_NO_RESULT,
        )
        for row in session.execute(_MISSING, parameters)
    ]
    return checks.record(session, unanswered, now=datetime.fromtimestamp(at.now, UTC))
