"""How often monitors changed lately, as far as that says that they are unstable."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Changes:
    """How many there are in the window of a monitor, and with more than how many it flaps, if ever."""

    count: int
    most: int | None


def of(session: Session, monitor_ids: Collection[int], *, now: datetime) -> dict[int, Changes]:
    """Count the changes within each monitor's window until now, by one query.

    The beginning of an outage, its end, and that it became worse or eased are one each. What happened
    in maintenance was planned, and an outage that was held for a parent to its end is the parent's.
    """
    if not monitor_ids:
        return {}
    rows = session.execute(_CHANGES, {"monitor_ids": list(monitor_ids), "now": now})
    return {monitor_id: Changes(count, most) for monitor_id, count, most in rows}


# The outages of a monitor follow each other, so that none matters which began before the last one
# that began before the window; twice the window leaves room for those that were confirmed late. Not
# `NOT EXISTS` for the notes: beside an `OR` Postgres could then read all there are.
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
