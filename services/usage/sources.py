"""Where each meter is counted from: SQL that gives the usage by organization and hour.

Each counts the hours of [:low, :high), and can count them again later with the same result, as long
as its rows are kept.
"""
# ruff: noqa: S608 - SQL of constants

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from domain.plans.metering import HOUR, Meter

_HOURS = f"generate_series(CAST(:low AS integer), CAST(:high AS integer) - {HOUR}, {HOUR})"
_FROM, _TO = "to_timestamp(:low)", "to_timestamp(:high)"


def _hour_of(column: str) -> str:
    return f"CAST(floor(extract(epoch FROM {column}) / {HOUR}) * {HOUR} AS integer)"


# The slots of a span in [a, b) are those up to b - 1 without those up to a - 1.
_SCHEDULED = f"""
    SELECT s.organization_id, h.low AS from_slot, sum(cardinality(s.region_ids) * (
        (least(s.until_slot, h.low + {HOUR}) - 1 - s.phase) / s.interval_seconds
        - (greatest(s.from_slot, h.low) - 1 - s.phase) / s.interval_seconds)) AS amount
    FROM {_HOURS} AS h(low)
    JOIN schedules s ON s.from_slot < h.low + {HOUR} AND s.until_slot > h.low
    WHERE s.shard >= 0 AND s.until_slot > s.from_slot
    GROUP BY s.organization_id, h.low
"""

_EXECUTED = """
    SELECT r.organization_id, r.from_slot, sum(r.up + r.degraded + r.down) AS amount
    FROM monitor_hours r JOIN monitors m ON m.id = r.monitor_id
    WHERE r.from_slot >= :low AND r.from_slot < :high AND m.kind <> 'heartbeat'
    GROUP BY r.organization_id, r.from_slot
"""

_SEATS = f"""
    SELECT s.organization_id, h.low AS from_slot, max(s.seats) AS amount
    FROM {_HOURS} AS h(low)
    JOIN (
        SELECT organization_id, changed_at AS began, sum(delta) OVER w AS seats,
            lead(changed_at, 1, 'infinity') OVER w AS ended
        FROM seat_changes WINDOW w AS (PARTITION BY organization_id ORDER BY changed_at, id)
    ) s ON s.began < to_timestamp(h.low + {HOUR}) AND s.ended > to_timestamp(h.low)
    GROUP BY s.organization_id, h.low
"""

_ARCHIVED = f"""
    SELECT a.organization_id, h.low AS from_slot, a.bytes AS amount
    FROM {_HOURS} AS h(low)
    CROSS JOIN (
        SELECT o.id AS organization_id,
            sum(f.size_bytes * CAST(part.value AS bigint) / greatest(f.rows, 1)) AS bytes
        FROM archive_files f CROSS JOIN jsonb_each_text(f.organizations) AS part
        JOIN organizations o ON o.id = CAST(part.key AS integer)
        WHERE f.is_current GROUP BY o.id
    ) a
"""

_EXPORTED = f"""
    SELECT organization_id, {_hour_of("finished_at")} AS from_slot, sum(size_bytes) AS amount
    FROM exports
    WHERE finished_at >= {_FROM} AND finished_at < {_TO}
    GROUP BY 1, 2
"""


def _accepted(kind: str) -> str:
    return f"""
        SELECT a.organization_id, {_hour_of("a.ended_at")} AS from_slot, sum(a.segments) AS amount
        FROM delivery_attempts a JOIN deliveries d ON d.id = a.delivery_id
        WHERE a.segments > 0 AND d.kind = '{kind}'
            AND a.ended_at >= {_FROM} AND a.ended_at < {_TO}
        GROUP BY 1, 2
    """


@dataclass(frozen=True, slots=True)
class Source:
    """The rows are `kept` for so long; with None, what is there now cannot be counted again."""

    sql: str
    kept: timedelta | None


SOURCES: Mapping[Meter, Source] = {
    Meter.SCHEDULED_CHECKS: Source(_SCHEDULED, timedelta(days=400)),
    Meter.EXECUTED_CHECKS: Source(_EXECUTED, timedelta(days=34)),
    Meter.TEXT_SEGMENTS: Source(_accepted("sms"), timedelta(days=399)),
    Meter.CALLS: Source(_accepted("voice"), timedelta(days=399)),
    Meter.SEATS: Source(_SEATS, timedelta(days=400)),
    Meter.ARCHIVED_BYTES: Source(_ARCHIVED, None),
    Meter.EXPORT_BYTES: Source(_EXPORTED, timedelta(days=29)),
}
