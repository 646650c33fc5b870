"""Counts the recent changes of monitors that count as flapping."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes in a monitor's window. It flaps if they exceed `most`; without `most`, never."""

    count: int
    most: int | None


def of(session: Session, monitor_ids: Collection[int], *, now: datetime) -> dict[int, Changes]:
    """Count the changes within each monitor's window until now, with one query.

    The confirmation of an incident and its recovery count as one each, so each change of severity
    does too. Changes in maintenance were planned and do not count. Nor does an outage that was
    inhibited by a parent until its end.
    """
    if not monitor_ids:
        return {}
    rows = session.execute(_CHANGES, {"monitor_ids": list(monitor_ids), "now": now})
    return {monitor_id: Changes(count, most) for monitor_id, count, most in rows}


# The outages of a monitor follow one another. So outages before the last one that began before the
# window do not matter. Twice the window leaves room for those confirmed late. `NOT EXISTS` for the
# notes would be slow: in an `OR`, Postgres may read all of them.
_CHANGES = text("""
    SELECT m.id, count(c.at), m.flap_changes
    FROM monitors m
    CROSS JOIN LATERAL (SELECT make_interval(secs => m.flap_window_seconds) AS length) w
    LEFT JOIN LATERAL (
        SELECT change.at
        FROM incidents i
        CROSS JOIN LATERAL (VALUES
            (i.confirmed_at),
            (CASE WHEN i.resolution = 'recovered' THEN i.ended_at END)) AS change (at)
        WHERE i.monitor_id = m.id
            AND i.started_at >= coalesce((
                SELECT max(b.started_at) FROM incidents b
                WHERE b.monitor_id = m.id AND b.started_at <= :now - 2 * w.length), '-infinity')
            AND change.at > :now - w.length
            AND NOT EXISTS (
                SELECT FROM maintenance_spans p
                WHERE p.organization_id = m.organization_id
                    AND p.ends_at > :now - w.length
                    AND p.began_at <= change.at AND p.ends_at > change.at
                    AND (p.all_monitors OR m.id = ANY(p.monitor_ids) OR p.tags && m.tags))
            AND (i.notified_at IS NOT NULL OR (
                SELECT n.id FROM incident_notes n
                WHERE n.incident_id = i.id AND n.kind = 'suppressed' AND n.facts ->> 'by' = 'parent'
                LIMIT 1) IS NULL)
    ) c ON true
    WHERE m.id = ANY(:monitor_ids)
    GROUP BY m.id
""")
