"""Decide which checks are due: some shards, one transaction, the database's clock.

    slots ───published──────────────────┤watermark = now
                   ├─holes published once more, while they can be answered in time
      ├─closed (age 90 s: unknown rows)

Only the newest due slot of each monitor is published, and only if its check can still begin in
time. The caller publishes what `claim` returns and then commits. A crash before the commit repeats
messages, which is harmless. A crash never loses a slot that was counted as published.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause, Outcome
from domain.evaluation.slots import (
    CLOSE_AGE,
    CLOSE_AT_MOST,
    CLOSE_STEP,
    EXTRA_AFTER,
    LEAD,
    STORED_WITHIN,
    TOLERANCE,
    VERIFY_STEP,
    WORKER_ALIVE,
    tolerance,
    verify_age,
)
from probes.base import ProbeResult
from services.checks import dispatch_stalls
from services.checks import record as check_record
from services.checks.dispatch_stalls import Stall
from services.evaluation.results import Observed
from services.pg_arrays import array_of
from services.schedules import rechecks
from services.schedules.rechecks import Wanted

_BEHIND = 3 * CLOSE_STEP
"""Closing that is this many seconds behind means that the shard stalled."""

_NO_RESULT = ProbeResult(
    outcome=Outcome.UNKNOWN,
    cause=Cause.NO_RESULT,
    detail="This check did not run in time, so the state at this time is unknown.",
)


@dataclass(frozen=True, slots=True)
class DueCheck:
    """One check to publish. Its message has all fields but the organization."""

    monitor_id: int
    slot: int
    version: int
    region: str
    organization_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """The checks that one tick has to publish.

    `stalls` are the stalls of its shards that ended with this tick.
    """

    now: int
    due: Sequence[DueCheck]
    stalls: Sequence[Stall] = ()


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
class _Due:
    """One second in which the monitors of a shard with this interval may have a slot."""

    shard: int
    interval: int
    slot: int


@dataclass(frozen=True, slots=True)
class _Closing:
    """The seconds in (low, high] of one shard; the shard is closed up to `marked` afterwards."""

    at: _Shard
    low: int
    high: int
    marked: int


def claim(session: Session, *shards: int) -> Claim | None:
    """Process the shards that no other dispatcher holds and that have a new second.

    Return None if there are none.
    """
    rows = session.execute(_LOCK, {"shards": array_of(shards)})
    turns = [at for row in rows if (at := _Shard(*row)).now > at.watermark]
    if not turns:
        return None
    now = turns[0].now
    # States are locked before rechecks, as recorders do.
    over = [closing for at in turns if (closing := _closing(session, at))]
    _close(session, over, now=now)
    stalls = _stalls(session, turns)
    regular = _regular(session, turns)
    due = [*regular, *_rechecks(session, turns, regular)]
    again = [at for at in turns if at.now >= at.verified + VERIFY_STEP]
    due += _holes(session, again)
    _advance(session, turns, verified=again, closed=over)
    return Claim(now, due, stalls)


# All shards share one reading of the clock. Each interval of a shard is one step through the index,
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
        EXISTS (SELECT FROM rechecks c WHERE c.shard = d.shard AND c.due <= clock.now)
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
    verified: Sequence[_Shard],
    closed: Sequence[_Closing],
) -> None:
    seen = {at.shard: at.now for at in verified}
    written = {each.at.shard: each.marked for each in closed}
    session.execute(
        _ADVANCE,
        {
            "shards": array_of(at.shard for at in turns),
            "watermark": array_of(at.now for at in turns),
            "verified": array_of(seen.get(at.shard, at.verified) for at in turns),
            "closed": array_of(written.get(at.shard, at.closed) for at in turns),
        },
    )


# The slots due in the given seconds, one row per region. By index: each interval has one phase per
# second.
_SLOTS = """
    SELECT s.monitor_id, due.slot, m.version, region.id AS region_id, s.organization_id,
        s.interval_seconds, m.timeout_seconds
    FROM unnest(CAST(:shards AS int[]), CAST(:intervals AS int[]), CAST(:phases AS int[]),
            CAST(:slots AS int[]))
        AS due (shard, interval_seconds, phase, slot)
    JOIN schedules s ON s.shard = due.shard AND s.interval_seconds = due.interval_seconds
        AND s.phase = due.phase AND s.from_slot <= due.slot AND s.until_slot > due.slot
    JOIN monitors m ON m.id = s.monitor_id AND m.deleted_at IS NULL
    CROSS JOIN LATERAL unnest(s.region_ids) AS region (id)
"""


def _slots(due: Sequence[_Due]) -> dict[str, object]:
    """Return the parameters of `_SLOTS` for these seconds."""
    return {
        "shards": array_of(each.shard for each in due),
        "intervals": array_of(each.interval for each in due),
        "phases": array_of(each.slot % each.interval for each in due),
        "slots": array_of(each.slot for each in due),
    }


_REGULAR = text(f"""
    SELECT due.monitor_id, due.slot, due.version, r.name AS region, due.organization_id
    FROM ({_SLOTS}) AS due JOIN regions r ON r.id = due.region_id
""")  # noqa: S608 - put together from constants of this file


def _regular(session: Session, turns: Sequence[_Shard]) -> list[DueCheck]:
    """List the checks that became due since the last tick and can still begin in time.

    The tolerance never exceeds the interval, so this is at most the newest slot of each monitor.
    """
    due = [
        _Due(at.shard, interval, slot)
        for at in turns
        for interval in at.intervals
        for slot in range(max(at.watermark, at.now - tolerance(interval)) + 1, at.now + 1)
    ]
    return [DueCheck(*row) for row in session.execute(_REGULAR, _slots(due))]


# A slot is a hole while it has no row with a known outcome: an `unknown` row written by a worker
# does not fill it. A check that may still be running is not a hole yet.
_HOLES = text(f"""
    WITH waiting AS (
        SELECT monitor_id, slot, version, region_id, timeout_seconds, organization_id
        FROM ({_SLOTS}) AS regular
        UNION ALL
        SELECT c.monitor_id, c.slot, m.version, c.region_id, m.timeout_seconds, c.organization_id
        FROM rechecks c JOIN monitors m ON m.id = c.monitor_id AND m.deleted_at IS NULL
        JOIN unnest(CAST(:verifying AS int[]), CAST(:verified AS int[])) AS v (shard, verified)
            ON v.shard = c.shard
        WHERE c.slot > v.verified - LEAST(m.interval_seconds, :tolerance) + :lead
            AND c.slot <= :now - LEAST(m.interval_seconds, :tolerance) + :lead
            AND c.slot > :now - LEAST(m.interval_seconds, :tolerance)
    )
    SELECT due.monitor_id, due.slot, due.version, r.name AS region, due.organization_id
    FROM waiting AS due JOIN regions r ON r.id = due.region_id
    WHERE due.slot + due.timeout_seconds + :stored_within <= :now AND NOT EXISTS (
        SELECT FROM check_results c
        WHERE c.monitor_id = due.monitor_id AND c.slot = due.slot AND c.region_id = due.region_id
            AND c.outcome <> CAST(9 AS "char"))
""")  # noqa: S608 - put together from constants of this file


def _holes(session: Session, again: Sequence[_Shard]) -> list[DueCheck]:
    """List the slots whose message or result was lost and that can still be answered in time.

    Each slot is verified once. Older slots are left alone: an answer would describe another time.
    """
    if not again:
        return []
    now = again[0].now
    due = [
        _Due(at.shard, interval, slot)
        for at in again
        for interval in at.intervals
        for slot in _verifiable(at, interval)
    ]
    parameters = {
        **_slots(due),
        "verifying": array_of(at.shard for at in again),
        "verified": array_of(at.verified for at in again),
        "now": now,
        "tolerance": TOLERANCE,
        "lead": LEAD,
        "stored_within": STORED_WITHIN,
    }
    return [DueCheck(*row) for row in session.execute(_HOLES, parameters)]


def _verifiable(at: _Shard, interval: int) -> Iterable[int]:
    age = verify_age(interval)
    low = max(at.verified - age, at.now - tolerance(interval))
    return range(low + 1, at.now - age + 1)


# Rows that a recorder holds are skipped, so dispatch never waits for one. A row whose check has no
# result yet is under way.
_PUBLISH_RECHECKS = text("""
    WITH ready AS (
        SELECT c.monitor_id, c.region_id FROM rechecks c
        WHERE c.shard = ANY(CAST(:shards AS int[])) AND c.due <= :now AND c.expires IS NULL
            AND (c.slot IS NULL OR EXISTS (
                SELECT FROM check_results r WHERE r.monitor_id = c.monitor_id
                    AND r.slot = c.slot AND r.region_id = c.region_id))
        FOR UPDATE SKIP LOCKED
    )
    UPDATE rechecks c SET slot = :now, due = NULL
    FROM ready, monitors m, regions r
    WHERE c.monitor_id = ready.monitor_id AND c.region_id = ready.region_id
        AND m.id = c.monitor_id AND m.deleted_at IS NULL AND r.id = c.region_id
    RETURNING c.monitor_id, c.slot, m.version, r.name, c.organization_id
""")

# At most as many per second and shard as regular checks; first those with the longest wait until
# their next slot.
_PUBLISH_EXTRA = text("""
    WITH rates AS (
        SELECT s.shard, GREATEST(1, ceil(sum(
            cardinality(s.region_ids) / CAST(s.interval_seconds AS float)))) AS most
        FROM schedules s
        WHERE s.shard = ANY(CAST(:shards AS int[])) AND s.until_slot > :now
        GROUP BY s.shard
    ), ranked AS (
        SELECT c.monitor_id, c.region_id, rates.most, row_number() OVER (
            PARTITION BY c.shard
            ORDER BY s.interval_seconds - (:now - s.phase) % s.interval_seconds DESC, c.monitor_id
        ) AS place
        FROM rechecks c
        JOIN rates ON rates.shard = c.shard
        JOIN schedules s ON s.monitor_id = c.monitor_id
            AND s.from_slot <= :now AND s.until_slot > :now
        JOIN regions r ON r.id = c.region_id
        WHERE c.shard = ANY(CAST(:shards AS int[])) AND c.due <= :now AND c.expires > :now
            AND c.slot IS NULL
            AND r.seen_at > clock_timestamp() - make_interval(secs => :alive)
    ), ready AS (
        SELECT c.monitor_id, c.region_id FROM rechecks c
        JOIN ranked USING (monitor_id, region_id)
        WHERE ranked.place <= ranked.most
        FOR UPDATE OF c SKIP LOCKED
    )
    UPDATE rechecks c SET slot = :now, due = NULL, expires = NULL
    FROM ready, monitors m, regions r
    WHERE c.monitor_id = ready.monitor_id AND c.region_id = ready.region_id
        AND m.id = c.monitor_id AND m.deleted_at IS NULL AND r.id = c.region_id
    RETURNING c.monitor_id, c.slot, m.version, r.name, c.organization_id
""")

_FORGET_EXPIRED = text("""
    DELETE FROM rechecks c USING (
        SELECT monitor_id, region_id FROM rechecks
        WHERE shard = ANY(CAST(:shards AS int[])) AND expires <= :now AND slot IS NULL
        FOR UPDATE SKIP LOCKED
    ) AS late
    WHERE c.monitor_id = late.monitor_id AND c.region_id = late.region_id
""")


def _rechecks(
    session: Session, turns: Sequence[_Shard], regular: Sequence[DueCheck]
) -> list[DueCheck]:
    """List the checks outside of the schedule that are due now. Their slot is the present second.

    If a regular check has this slot, it serves as the awaited check.
    """
    waiting = [at for at in turns if at.any_rechecks]
    if not waiting:
        return []
    parameters = {"shards": array_of(at.shard for at in waiting), "now": waiting[0].now}
    published = [DueCheck(*row) for row in session.execute(_PUBLISH_RECHECKS, parameters)]
    extra = session.execute(_PUBLISH_EXTRA, {**parameters, "alive": WORKER_ALIVE})
    published += [DueCheck(*row) for row in extra]
    session.execute(_FORGET_EXPIRED, parameters)
    same = set(regular)
    return [each for each in published if each not in same]


_MISSING = text(f"""
    SELECT due.organization_id, due.monitor_id, due.region_id, due.slot, due.interval_seconds,
        EXISTS (
            SELECT FROM check_results c
            WHERE c.monitor_id = due.monitor_id AND c.slot > due.slot
                AND c.region_id = due.region_id) AS is_followed
    FROM (
        {_SLOTS}
        UNION ALL
        SELECT c.monitor_id, c.slot, m.version, c.region_id, c.organization_id, 0, 0
        FROM unnest(CAST(:closing AS int[]), CAST(:up_to AS int[])) AS old (shard, up_to)
        JOIN rechecks c ON c.shard = old.shard AND c.slot <= old.up_to
        JOIN monitors m ON m.id = c.monitor_id AND m.deleted_at IS NULL
    ) AS due
    WHERE NOT EXISTS (
        SELECT FROM check_results c
        WHERE c.monitor_id = due.monitor_id AND c.slot = due.slot AND c.region_id = due.region_id)
""")  # noqa: S608 - put together from constants of this file


def _closing(session: Session, at: _Shard) -> _Closing | None:
    """Return the seconds to close now, if any. The part of a long stall without rows is skipped."""
    high = at.now - CLOSE_AGE
    if high < at.closed + CLOSE_STEP:
        return None
    step = _Closing(at, at.closed, min(high, at.closed + CLOSE_AT_MOST), 0)
    gap = None
    if high > at.closed + _BEHIND:
        gap = dispatch_stalls.without_rows(session, at.shard, after=step.low)
    if gap is None or gap[0] >= step.high:
        return replace(step, marked=step.high)
    start, end = gap
    if start > step.low:
        return replace(step, high=start, marked=start)
    return replace(step, high=step.low, marked=end)


def _close(session: Session, over: Sequence[_Closing], *, now: int) -> None:
    """Write `unknown` rows for slots that no check can answer any more."""
    if not over:
        return
    due = [
        _Due(each.at.shard, interval, slot)
        for each in over
        for slot in range(each.low + 1, each.high + 1)
        for interval in each.at.intervals
    ]
    parameters = {
        **_slots(due),
        "closing": array_of(each.at.shard for each in over),
        "up_to": array_of(each.high for each in over),
    }
    missing = session.execute(_MISSING, parameters).all()
    unanswered = [
        Observed(
            organization_id=row.organization_id,
            monitor_id=row.monitor_id,
            region_id=row.region_id,
            slot=row.slot,
            version=None,
            result=_NO_RESULT,
        )
        for row in missing
    ]
    check_record.record(session, unanswered, now=datetime.fromtimestamp(now, UTC))
    extra = [
        Wanted(
            monitor_id=row.monitor_id,
            region_id=row.region_id,
            organization_id=row.organization_id,
            due=now,
        )
        for row in missing
        if row.slot + row.interval_seconds > now + EXTRA_AFTER and not row.is_followed
    ]
    rechecks.ask_extra(session, extra)


def _stalls(session: Session, turns: Sequence[_Shard]) -> list[Stall]:
    """Record the stalls of these shards, and request extra checks of monitors with a long wait."""
    return [
        stall
        for at in turns
        if at.now - at.watermark > TOLERANCE
        and (stall := dispatch_stalls.note(session, at.shard, since=at.watermark, now=at.now))
    ]
