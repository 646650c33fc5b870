"""Decide which checks are due: some shards, one transaction, the database's clock.

    slots ───published────────┤watermark        now
                ├─verified (age 30 s: holes once more)
      ├─closed (age 90 s: unknown rows)

The caller publishes what `claim` returns and then commits. A crash before the commit repeats
messages, which is harmless; nothing that was counted as published can be lost by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from services.arrays import array_of
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
    intervals: Sequence[int]
    any_rechecks: bool


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The seconds in (low, high] of one shard."""

    at: _Shard
    low: int
    high: int


def claim(session: Session, *shards: int) -> Claim | None:
    """Take the turn of those shards that no other dispatcher has and whose second is not done yet."""
    rows = session.execute(_LOCK, {"shards": array_of(shards)})
    turns = [at for row in rows if (at := _Shard(*row)).now > at.watermark]
    if not turns:
        return None
    due = [*_regular(session, turns), *_rechecks(session, turns)]
    again = [_Stretch(at, at.verified, at.now - VERIFY_AGE) for at in turns]
    again = [each for each in again if each.high >= each.low + _STEP]
    due += _holes(session, again)
    over = [_Stretch(at, at.closed, at.now - CLOSE_AGE) for at in turns]
    over = [
        replace(each, high=min(each.high, each.low + CLOSE_AT_MOST))
        for each in over
        if each.high >= each.low + _STEP
    ]
    told = _close(session, over, now=turns[0].now)
    _advance(session, turns, verified=again, closed=over)
    return Claim(turns[0].now, due, told)


# One look at the clock for all. The intervals of a shard are each found by one step through the index,
# however many monitors have it.
_LOCK = text("""
    WITH clock AS MATERIALIZED (
        SELECT CAST(floor(extract(epoch FROM clock_timestamp())) AS int) AS now)
    SELECT d.shard, d.watermark, d.verified, d.closed, clock.now,
        ARRAY(
            WITH RECURSIVE found (seconds) AS (
                (SELECT interval_seconds FROM schedules WHERE shard = d.shard
                    ORDER BY interval_seconds LIMIT 1)
                UNION ALL
                SELECT (SELECT interval_seconds FROM schedules
                    WHERE shard = d.shard AND interval_seconds > found.seconds
                    ORDER BY interval_seconds LIMIT 1)
                FROM found WHERE found.seconds IS NOT NULL)
            SELECT seconds FROM found WHERE seconds IS NOT NULL),
        EXISTS (SELECT FROM rechecks c WHERE c.shard = d.shard AND c.slot <= clock.now)
    FROM dispatch_shards d CROSS JOIN clock
    WHERE d.shard = ANY(CAST(:shards AS int[])) ORDER BY d.shard FOR UPDATE OF d SKIP LOCKED
""")

_ADVANCE = text("""
    UPDATE dispatch_shards d
    SET watermark = n.watermark, verified = n.verified, closed = n.closed
    FROM unnest(
        CAST(:shards AS int[]), CAST(:watermark AS int[]), CAST(:verified AS int[]),
        CAST(:closed AS int[]))
        AS n (shard, watermark, verified, closed)
    WHERE d.shard = n.shard
""")


def _advance(
    session: Session,
    turns: Sequence[_Shard],
    *,
    verified: Sequence[_Stretch],
    closed: Sequence[_Stretch],
) -> None:
    seen = {each.at.shard: each.high for each in verified}
    written = {each.at.shard: each.high for each in closed}
    session.execute(
        _ADVANCE,
        {
            "shards": array_of(at.shard for at in turns),
            "watermark": array_of(at.now for at in turns),
            "verified": array_of(seen.get(at.shard, at.verified) for at in turns),
            "closed": array_of(written.get(at.shard, at.closed) for at in turns),
        },
    )


# What is due in given seconds, by index: of each interval the one phase. Once for each region.
_SLOTS = """
    SELECT s.monitor_id, due.slot, m.version, region.id AS region_id, s.organization_id
    FROM unnest(CAST(:shards AS int[]), CAST(:intervals AS int[]), CAST(:phases AS int[]),
            CAST(:slots AS int[]))
        AS due (shard, interval_seconds, phase, slot)
    JOIN schedules s ON s.shard = due.shard AND s.interval_seconds = due.interval_seconds
        AND s.phase = due.phase AND s.from_slot <= due.slot AND s.until_slot > due.slot
    JOIN monitors m ON m.id = s.monitor_id AND m.deleted_at IS NULL
    CROSS JOIN LATERAL unnest(s.region_ids) AS region (id)
"""


def _slots(stretches: Sequence[_Stretch]) -> dict[str, object]:
    """Return the parameters of `_SLOTS` for these seconds."""
    due = [
        (each.at.shard, interval, slot)
        for each in stretches
        for slot in range(each.low + 1, each.high + 1)
        for interval in each.at.intervals
    ]
    return {
        "shards": array_of(shard for shard, _, _ in due),
        "intervals": array_of(interval for _, interval, _ in due),
        "phases": array_of(slot % interval for _, interval, slot in due),
        "slots": array_of(slot for _, _, slot in due),
    }


_REGULAR = text(f"""
    SELECT due.monitor_id, due.slot, due.version, r.name AS region
    FROM ({_SLOTS}) AS due JOIN regions r ON r.id = due.region_id
""")  # noqa: S608 - put together from constants of this file


def _regular(session: Session, turns: Sequence[_Shard]) -> list[DueCheck]:
    """List what became due since the last tick; after a stall, only the last seconds of it."""
    stretches = [_Stretch(at, max(at.watermark, at.now - PUBLISH_AT_MOST), at.now) for at in turns]
    return [DueCheck(*row) for row in session.execute(_REGULAR, _slots(stretches))]


# An unknown of a worker's own making is a hole too: another look may still find the truth.
_HOLES = text(f"""
    SELECT due.monitor_id, due.slot, due.version, r.name AS region
    FROM ({_SLOTS}) AS due JOIN regions r ON r.id = due.region_id
    WHERE NOT EXISTS (
        SELECT FROM check_results c
        WHERE c.monitor_id = due.monitor_id AND c.slot = due.slot AND c.region_id = due.region_id
            AND c.outcome <> 9)
""")  # noqa: S608 - put together from constants of this file


def _holes(session: Session, stretches: Sequence[_Stretch]) -> list[DueCheck]:
    """List the slots that should have a result by now; each is looked at once.

    After a stall the slots that are older still are left alone: a burst of late checks would say
    nothing of the time that they stand for.
    """
    if not stretches:
        return []
    late = [replace(each, low=max(each.low, each.high - VERIFY_AT_MOST)) for each in stretches]
    return [DueCheck(*row) for row in session.execute(_HOLES, _slots(late))]


_RECHECKS = text("""
    UPDATE rechecks c SET published_at = clock_timestamp()
    FROM monitors m, regions r
    WHERE m.id = c.monitor_id AND m.deleted_at IS NULL AND r.id = c.region_id
        AND c.shard = ANY(CAST(:shards AS int[])) AND c.slot <= :now AND c.slot > :oldest
        AND (c.published_at IS NULL
            OR c.published_at < clock_timestamp() - make_interval(secs => :again))
    RETURNING c.monitor_id, c.slot, m.version, r.name
""")


def _rechecks(session: Session, turns: Sequence[_Shard]) -> list[DueCheck]:
    waiting = [at for at in turns if at.any_rechecks]
    if not waiting:
        return []
    now = waiting[0].now
    parameters = {
        "shards": array_of(at.shard for at in waiting),
        "now": now,
        "oldest": now - VERIFY_AGE - VERIFY_AT_MOST,
        "again": VERIFY_AGE,
    }
    return [DueCheck(*row) for row in session.execute(_RECHECKS, parameters)]


_MISSING = text(f"""
    SELECT due.organization_id, due.monitor_id, due.region_id, due.slot
    FROM (
        {_SLOTS}
        UNION ALL
        SELECT c.monitor_id, c.slot, m.version, c.region_id, c.organization_id
        FROM unnest(CAST(:closing AS int[]), CAST(:up_to AS int[])) AS old (shard, up_to)
        JOIN rechecks c ON c.shard = old.shard AND c.slot <= old.up_to
        JOIN monitors m ON m.id = c.monitor_id AND m.deleted_at IS NULL
    ) AS due
    WHERE NOT EXISTS (
        SELECT FROM check_results c
        WHERE c.monitor_id = due.monitor_id AND c.slot = due.slot AND c.region_id = due.region_id)
""")  # noqa: S608 - put together from constants of this file


def _close(session: Session, stretches: Sequence[_Stretch], *, now: int) -> list[int]:
    """Write the unknowns of slots that nobody can still answer for."""
    if not stretches:
        return []
    parameters = {
        **_slots(stretches),
        "closing": array_of(each.at.shard for each in stretches),
        "up_to": array_of(each.high for each in stretches),
    }
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
    return checks.record(session, unanswered, now=datetime.fromtimestamp(now, UTC))
