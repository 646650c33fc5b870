"""Unknown time: spans written together with the rows of the checks, which they outlive.

`domain.evaluation.blind_spans` computes spans from rows. The caller holds the locks of the
monitors' states, so nobody else changes the spans of these monitors.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, delete, insert, select, text, tuple_
from sqlalchemy.orm import Session

from domain.analytics.uptime import Span
from domain.evaluation.blind_spans import Row, gap_after, spans_after
from domain.evaluation.outcome import Outcome
from domain.evaluation.slots import FOREVER
from models import BlindSpan
from services.evaluation.results import Observed
from services.pg_arrays import array_of

LONGEST_INTERVAL = 86_400
"""The most seconds from one row of a monitor to the next; heartbeats have no such limit."""


@dataclass(frozen=True, slots=True)
class _Monitor:
    id: int
    organization_id: int


def note(session: Session, observed: Iterable[Observed], blind_until: Mapping[int, int]) -> None:
    """Update the spans of the given monitors for the rows that were just written.

    `blind_until` maps each monitor to the end of its last span. Only a row that is unknown, or that
    lies before that end, costs a query.
    """
    touched: dict[int, list[int]] = defaultdict(list)
    for each in observed:
        end = blind_until.get(each.monitor_id)
        if end is not None and (each.result.outcome is Outcome.UNKNOWN or each.slot < end):
            touched[each.monitor_id].append(each.slot)
    if touched:
        _write(session, _near(session, touched))


# One region with a known result is enough. The row after the touched ones limits their extent.
_NEAR = text("""
    SELECT t.monitor_id, row.organization_id, row.slot, row.blind,
        lead(row.slot) OVER (PARTITION BY t.monitor_id ORDER BY row.slot) AS following,
        coalesce((
            SELECT LEAST(interval_seconds, :forever - row.slot) FROM schedules
            WHERE monitor_id = t.monitor_id AND from_slot <= row.slot AND until_slot > row.slot), 0)
            AS seconds,
        row.slot > t.high AS is_beyond
    FROM unnest(CAST(:monitor_id AS int[]), CAST(:low AS int[]), CAST(:high AS int[]))
        AS t (monitor_id, low, high)
    CROSS JOIN LATERAL (
        SELECT c.slot, min(c.organization_id) AS organization_id,
            bool_and(c.outcome = CAST(9 AS "char")) AS blind
        FROM check_results c
        WHERE c.monitor_id = t.monitor_id AND c.slot >= t.low AND c.slot <= coalesce((
            SELECT min(a.slot) FROM check_results a WHERE a.monitor_id = t.monitor_id
                AND a.slot > t.high AND a.slot <= t.high + :longest), t.high)
        GROUP BY c.slot
    ) AS row
    ORDER BY t.monitor_id, row.slot
""")


def _near(session: Session, touched: Mapping[int, Collection[int]]) -> Mapping[_Monitor, list[Row]]:
    """Return the rows of these monitors from the first to the last touched one."""
    found = session.execute(
        _NEAR,
        {
            "monitor_id": array_of(touched),
            "low": array_of(min(slots) for slots in touched.values()),
            "high": array_of(max(slots) for slots in touched.values()),
            "longest": LONGEST_INTERVAL,
            "forever": FOREVER,
        },
    )
    rows: dict[_Monitor, list[Row]] = defaultdict(list)
    for each in found:
        if not each.is_beyond:
            row = Row(each.slot, each.blind, each.following, each.seconds)
            rows[_Monitor(each.monitor_id, each.organization_id)].append(row)
    return rows


def _write(session: Session, rows: Mapping[_Monitor, Sequence[Row]]) -> None:
    """Replace the spans of these monitors by those that follow from the rows."""
    if not rows:
        return
    previous = _touching(session, {each.id: found for each, found in rows.items()})
    gone: list[tuple[int, float]] = []
    new: list[dict[str, object]] = []
    for each, found in rows.items():
        before = set(previous.get(each.id, ()))
        after = set(spans_after(before, found))
        gone += [(each.id, span.start) for span in before - after]
        new += [_columns(each, span) for span in sorted(after - before)]
    if gone:
        key = tuple_(BlindSpan.monitor_id, BlindSpan.from_slot)
        session.execute(
            delete(BlindSpan).where(key.in_(gone)).execution_options(synchronize_session=False)
        )
    if new:
        session.execute(insert(BlindSpan).values(new))
    session.execute(_NOTE_END, {"monitor_id": array_of(each.id for each in rows)})


_TOUCHING = text("""
    SELECT b.monitor_id, b.from_slot, b.until_slot
    FROM unnest(CAST(:monitor_id AS int[]), CAST(:low AS int[]), CAST(:high AS int[]))
        AS t (monitor_id, low, high)
    JOIN blind_spans b ON b.monitor_id = t.monitor_id
        AND b.until_slot >= t.low AND b.from_slot <= t.high
""")


def _touching(session: Session, rows: Mapping[int, Sequence[Row]]) -> Mapping[int, list[Span]]:
    """Return the spans that overlap or touch the time of the rows."""
    found: dict[int, list[Span]] = defaultdict(list)
    parameters = {
        "monitor_id": array_of(rows),
        "low": array_of(min(row.slot for row in each) for each in rows.values()),
        "high": array_of(int(max(row.covered.end for row in each)) for each in rows.values()),
    }
    for monitor_id, start, end in session.execute(_TOUCHING, parameters):
        found[monitor_id].append(Span(start, end))
    return found


def _columns(monitor: _Monitor, span: Span) -> dict[str, object]:
    return {
        "monitor_id": monitor.id,
        "organization_id": monitor.organization_id,
        "from_slot": span.start,
        "until_slot": span.end,
    }


_NOTE_END = text("""
    UPDATE monitor_states s SET blind_until = coalesce(
        (SELECT max(until_slot) FROM blind_spans b WHERE b.monitor_id = s.monitor_id), 0)
    WHERE s.monitor_id = ANY(CAST(:monitor_id AS int[]))
""")


def cover(session: Session, shard: int, *, after: int, until: int) -> None:
    """Write blind spans for the slots in (after, until] of a shard, which get no rows."""
    parameters = {"shard": shard, "after": after, "until": until}
    session.execute(_LOCK_SHARD, parameters)
    rows: dict[_Monitor, list[Row]] = defaultdict(list)
    for each in session.execute(_WITHOUT_ROWS, parameters):
        row = Row(each.first, blind=True, following=each.following, seconds=each.seconds)
        rows[_Monitor(each.monitor_id, each.organization_id)].append(row)
    _write(session, rows)


# In the order in which recorders lock them.
_LOCK_SHARD = text("""
    SELECT s.monitor_id FROM monitor_states s
    WHERE s.monitor_id IN (
        SELECT monitor_id FROM schedules
        WHERE shard = :shard AND from_slot <= :until AND until_slot > :after)
    ORDER BY s.monitor_id FOR NO KEY UPDATE OF s
""")

# From the first slot without a row to the next slot with one.
_WITHOUT_ROWS = text("""
    SELECT monitor_id, organization_id, first, seconds,
        first + (:until - first) / seconds * seconds + seconds AS following
    FROM (
        SELECT monitor_id, organization_id, interval_seconds AS seconds, until_slot,
            low + (interval_seconds - (low - phase) % interval_seconds) % interval_seconds AS first
        FROM (
            SELECT *, GREATEST(:after + 1, from_slot) AS low FROM schedules
            WHERE shard = :shard AND from_slot <= :until AND until_slot > :after
        ) AS watched
    ) AS slots
    WHERE first <= :until AND first < until_slot
""")


def rebuild(session: Session, *, after: int, limit: int, since: int = 0) -> int | None:
    """Recompute the spans of some monitors from the existing rows; return the last monitor's key.

    Return None if no key is greater than `after`. Only rows from the slot `since` on are used.
    Spans before the first of them stay, so this may be repeated at any time, even after old rows
    were dropped.
    """
    monitor_ids: Sequence[int] = session.scalars(_LOCK_SOME, {"after": after, "limit": limit}).all()
    if not monitor_ids:
        return None
    rows: dict[_Monitor, list[Row]] = defaultdict(list)
    parameters = {"monitor_id": array_of(monitor_ids), "forever": FOREVER, "since": since}
    for each in session.execute(_ALL_ROWS, parameters):
        row = Row(each.slot, each.blind, each.following, each.seconds)
        gap = gap_after(row, phase=each.phase, closed=each.closed)
        rows[_Monitor(each.monitor_id, each.organization_id)] += [row, gap] if gap else [row]
    _write(session, rows)
    return monitor_ids[-1]


_LOCK_SOME = text("""
    SELECT monitor_id FROM monitor_states WHERE monitor_id > :after
    ORDER BY monitor_id LIMIT :limit FOR NO KEY UPDATE
""")

# A schedule without a shard row, such as a heartbeat's, is never closed.
_ALL_ROWS = text("""
    SELECT r.monitor_id, r.organization_id, r.slot, r.blind, r.following,
        coalesce(LEAST(s.interval_seconds, :forever - r.slot), 0) AS seconds,
        coalesce(s.phase, 0) AS phase, coalesce(LEAST(s.until_slot - 1, d.closed), 0) AS closed
    FROM (
        SELECT c.monitor_id, c.slot, min(c.organization_id) AS organization_id,
            bool_and(c.outcome = CAST(9 AS "char")) AS blind,
            lead(c.slot) OVER (PARTITION BY c.monitor_id ORDER BY c.slot) AS following
        FROM check_results c
        WHERE c.monitor_id = ANY(CAST(:monitor_id AS int[])) AND c.slot >= :since
        GROUP BY c.monitor_id, c.slot
    ) AS r
    LEFT JOIN schedules s ON s.monitor_id = r.monitor_id
        AND s.from_slot <= r.slot AND s.until_slot > r.slot
    LEFT JOIN dispatch_shards d ON d.shard = s.shard
    ORDER BY r.monitor_id, r.slot
""")


def of(
    session: Session, monitor_ids: Collection[int] | Select[int], *, start: float, end: float
) -> Mapping[int, Sequence[Span]]:
    """Return the spans of these monitors that touch [start, end) in unix seconds, by monitor."""
    found: dict[int, list[Span]] = defaultdict(list)
    rows = session.execute(
        select(BlindSpan.monitor_id, BlindSpan.from_slot, BlindSpan.until_slot).where(
            *touching(monitor_ids, start, end)
        )
    )
    for monitor_id, from_slot, until_slot in rows:
        found[monitor_id].append(Span(from_slot, until_slot))
    return found


def touching(
    monitor_ids: Collection[int] | Select[int], start: float, end: float
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for the spans of these monitors that touch [start, end)."""
    return (
        BlindSpan.monitor_id.in_(monitor_ids),
        BlindSpan.until_slot > start,
        BlindSpan.from_slot < end,
    )
