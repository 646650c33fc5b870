"""Which rows leave the archive: those of erased organizations, and those that are kept no longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.session import database_now
from services.archive.retention import GRACE

# The days are those of `services.archive.retention`, for all organizations at once. A day that is
# still in the database can be erased from, because it is sealed again; nothing of it expires. In a
# month that is compacted, a late day expires with its month.
_LEAVING = text("""
    SELECT f.first_day, f.last_day, f.shard, array_agg(DISTINCT o.id) AS organizations
    FROM archive_files AS f
    CROSS JOIN LATERAL (
        SELECT CAST(key AS integer) AS id FROM jsonb_object_keys(f.organizations) AS key
    ) AS o
    LEFT JOIN archive_erasures AS e ON e.organization_id = o.id AND e.erased_at IS NULL
    LEFT JOIN archive_retentions AS r ON r.organization_id = o.id
    WHERE f.is_current AND r.held_since IS NULL
        AND (e.organization_id IS NOT NULL OR coalesce(
            (
                SELECT max(m.last_day) FROM archive_files AS m
                WHERE m.is_current AND m.shard = f.shard
                    AND m.first_day <= f.first_day AND m.last_day >= f.last_day
            ), f.last_day) < :today - CASE
            WHEN r.shortened_at > :shortened
                THEN greatest(coalesce(r.days, :kept), r.previous_days)
            ELSE coalesce(r.days, :kept)
        END)
        AND NOT EXISTS (
            SELECT FROM archive_days AS d
            WHERE d.shard = f.shard AND d.day BETWEEN f.first_day AND f.last_day AND (
                d.state <> 'current'
                OR e.organization_id IS NULL
                    AND (d.dropped_at IS NULL OR d.restored_until IS NOT NULL)))
    GROUP BY f.first_day, f.last_day, f.shard
    ORDER BY f.first_day, f.last_day DESC, f.shard LIMIT 1
""")
_ERASURES = text("SELECT EXISTS (SELECT FROM archive_erasures WHERE erased_at IS NULL)")


@dataclass(frozen=True, slots=True)
class Leaving:
    """Organizations whose rows leave the files of a shard's day, or of its month."""

    first_day: date
    last_day: date
    shard: int
    organizations: Sequence[int]


def following(session: Session, *, kept_days: int) -> Leaving | None:
    """Return what leaves next, the oldest first. `kept_days` are those of the settings."""
    now = database_now(session)
    parameters = {"today": now.date(), "kept": kept_days, "shortened": now - GRACE}
    row = session.execute(_LEAVING, parameters).one_or_none()
    if row is None:
        return None
    return Leaving(row.first_day, row.last_day, row.shard, tuple(row.organizations))


def is_any(session: Session, *, kept_days: int) -> bool:
    """Return whether anything leaves, or an erasure is not finished."""
    return bool(session.scalar(_ERASURES)) or following(session, kept_days=kept_days) is not None
