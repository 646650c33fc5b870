"""Whether there is work on the archive, found out without the libraries that the work needs.

They take 80 MB of memory, which an installation without a sealed day does not pay.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from models import ArchiveDay, ArchiveFile, ArchiveLate, CheckResult
from models.archive import ArchiveState
from models.session import database_now
from services.archive import catalogue, leaving
from services.archive.days import dropping
from services.archive.numbers import SHARDS, slots_of
from services.rollups import progress

_PARTITIONS = text("""
    SELECT to_date(right(CAST(inhrelid::regclass AS text), 8), 'YYYYMMDD') FROM pg_inherits
    WHERE inhparent = 'check_results'::regclass
        AND CAST(inhrelid::regclass AS text) ~ '^check_results_p[0-9]{8}$'
    ORDER BY 1
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many days of checks stay in the database, and how many are kept at all.

    `rest` is how long a day must have been unchanged before its month becomes one file for each
    organization, because a late row costs the files of a month.
    """

    hot_days: int
    kept_days: int
    rest: timedelta = timedelta(days=1)


def is_any(session: Session, limits: Limits) -> bool:
    """Return whether anything is to be done. Days without checks wait for one with some."""
    today = database_now(session).date()
    return (
        any(_has_checks(session, day) for day in unsealed_days(session))
        or late(session) is not None
        or bool(dropping.due(session, today=today, hot_days=limits.hot_days))
        or expired_day(session, limits) is not None
        or leaving.is_any(session, kept_days=limits.kept_days)
        or due_month(session, limits) is not None
    )


def unsealed_days(session: Session) -> list[date]:
    """Return the settled days whose shards are not all current, the oldest first."""
    today = database_now(session).date()
    settled = progress.until(session)
    known = catalogue.states(session)
    return [
        day
        for day in sorted({*session.scalars(_PARTITIONS), *known})
        if day < today
        and slots_of(day)[1] <= settled
        and known.get(day) != [ArchiveState.CURRENT] * SHARDS
    ]


def late(session: Session) -> tuple[date, int] | None:
    """Return a day and shard that got rows after it was sealed."""
    found = session.execute(
        select(ArchiveLate.day, ArchiveLate.shard)
        .join(
            ArchiveDay,
            (ArchiveDay.day == ArchiveLate.day) & (ArchiveDay.shard == ArchiveLate.shard),
        )
        .where(ArchiveDay.state == ArchiveState.CURRENT)
        .order_by(ArchiveLate.id)
        .limit(1)
    ).one_or_none()
    return None if found is None else (found.day, found.shard)


def expired_day(session: Session, limits: Limits) -> date | None:
    """Return the oldest day that is older than checks are kept, and has no more files."""
    before = database_now(session).date() - timedelta(days=limits.kept_days)
    has_files = exists().where(
        ArchiveFile.first_day <= ArchiveDay.day,
        ArchiveFile.last_day >= ArchiveDay.day,
        ArchiveFile.is_current,
    )
    return session.scalar(
        select(func.min(ArchiveDay.day)).where(
            ArchiveDay.day < before,
            ArchiveDay.dropped_at.is_not(None),
            ArchiveDay.restored_until.is_(None),
            ~has_files,
        )
    )


_DUE_MONTH = text("""
    SELECT month, shard FROM (
        SELECT DISTINCT CAST(date_trunc('month', first_day) AS date) AS month, shard
        FROM archive_files WHERE is_current AND only_for IS NULL
    ) AS of_days
    WHERE month + interval '1 month' <= :before AND NOT EXISTS (
        SELECT FROM archive_days AS d
        WHERE d.day >= month AND d.day < month + interval '1 month' AND (
            d.state <> 'current' OR d.dropped_at IS NULL OR d.restored_until IS NOT NULL
            OR d.shard = of_days.shard AND d.changed_at > :rested))
    ORDER BY month, shard LIMIT 1
""")


def due_month(session: Session, limits: Limits) -> tuple[date, int] | None:
    """Return a month and shard whose days become files of organizations.

    All days of the month are only in the archive then.
    """
    now = database_now(session)
    before = now.date() - timedelta(days=limits.hot_days)
    found = session.execute(_DUE_MONTH, {"before": before, "rested": now - limits.rest})
    row = found.one_or_none()
    return None if row is None else (row.month, row.shard)


def _has_checks(session: Session, day: date) -> bool:
    low, high = slots_of(day)
    query = select(exists().where(CheckResult.slot >= low, CheckResult.slot < high))
    return bool(session.scalar(query))
