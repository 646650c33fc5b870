"""Check rows as roll-ups: the database counts them by hour and by bucket of latency."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from domain.analytics.rollup import Rollup
from domain.analytics.sketch import BOUNDS, Sketch
from services.pg_arrays import array_of
from services.rollups.rows import RolledUp

# Bucket 0 has the checks that did not pass, and those without a latency.
_COUNTED = text("""
    SELECT b.monitor_id, b.region_id, b.hour AS from_slot, min(b.organization_id) AS organization_id,
        sum(b.up) AS up, sum(b.degraded) AS degraded, sum(b.down) AS down,
        sum(b.unknown) AS unknown,
        array_agg(b.bucket ORDER BY b.bucket) FILTER (WHERE b.bucket > 0) AS buckets,
        array_agg(b.checks ORDER BY b.bucket) FILTER (WHERE b.bucket > 0) AS counts,
        coalesce(sum(b.total_us) FILTER (WHERE b.bucket > 0), 0) AS total_us,
        coalesce(min(b.min_us) FILTER (WHERE b.bucket > 0), 0) AS min_us,
        coalesce(max(b.max_us) FILTER (WHERE b.bucket > 0), 0) AS max_us,
        coalesce(sum(b.dns_ms) FILTER (WHERE b.bucket > 0), 0) AS dns_ms,
        coalesce(sum(b.connect_ms) FILTER (WHERE b.bucket > 0), 0) AS connect_ms,
        coalesce(sum(b.tls_ms) FILTER (WHERE b.bucket > 0), 0) AS tls_ms,
        coalesce(sum(b.first_byte_ms) FILTER (WHERE b.bucket > 0), 0) AS first_byte_ms
    FROM (
        SELECT c.monitor_id, c.region_id, c.hour, c.bucket, min(c.organization_id) AS organization_id,
            count(*) AS checks,
            count(*) FILTER (WHERE c.outcome = CAST(0 AS "char")) AS up,
            count(*) FILTER (WHERE c.outcome = CAST(1 AS "char")) AS degraded,
            count(*) FILTER (WHERE c.outcome = CAST(2 AS "char")) AS down,
            count(*) FILTER (WHERE c.outcome = CAST(9 AS "char")) AS unknown,
            sum(c.total_us) AS total_us, min(c.total_us) AS min_us, max(c.total_us) AS max_us,
            sum(c.dns_ms) AS dns_ms, sum(c.connect_ms) AS connect_ms, sum(c.tls_ms) AS tls_ms,
            sum(c.first_byte_ms) AS first_byte_ms
        FROM (
            SELECT r.*, r.slot - r.slot % 3600 AS hour,
                CASE WHEN r.outcome IN (CAST(0 AS "char"), CAST(1 AS "char"))
                    THEN width_bucket(r.total_us, CAST(:bounds AS int[])) ELSE 0 END AS bucket
            FROM unnest(CAST(:monitor_id AS int[])) AS m (id)
            JOIN check_results r ON r.monitor_id = m.id AND r.slot >= :low AND r.slot < :high
        ) AS c
        GROUP BY c.monitor_id, c.region_id, c.hour, c.bucket
    ) AS b
    GROUP BY b.monitor_id, b.region_id, b.hour
    ORDER BY b.monitor_id, b.hour, b.region_id
""")
_BOUNDS = array_of(BOUNDS)


def by_hour(
    session: Session, monitor_ids: Collection[int], *, low: int, high: int
) -> list[RolledUp]:
    """Return the roll-ups of the rows in [low, high): one for each monitor, hour and region."""
    found = session.execute(
        _COUNTED,
        {"monitor_id": array_of(monitor_ids), "low": low, "high": high, "bounds": _BOUNDS},
    )
    return [
        RolledUp(row.organization_id, row.monitor_id, row.region_id, row.from_slot, _rollup(row))
        for row in found
    ]


def _rollup(row: Row[Any]) -> Rollup:
    return Rollup(
        up=int(row.up),
        degraded=int(row.degraded),
        down=int(row.down),
        unknown=int(row.unknown),
        total_us=int(row.total_us),
        min_us=row.min_us,
        max_us=row.max_us,
        dns_ms=int(row.dns_ms),
        connect_ms=int(row.connect_ms),
        tls_ms=int(row.tls_ms),
        first_byte_ms=int(row.first_byte_ms),
        sketch=Sketch(tuple(zip(row.buckets or (), row.counts or (), strict=True))),
    )
