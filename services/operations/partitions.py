"""Day partitions of check rows: created ahead, and dropped as a whole when they expire."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from services import locks
from services.locks import Lock

TABLES = ("check_results", "check_failures")
DAYS_AHEAD = 7


def ensure(session: Session, *, now: datetime) -> list[str]:
    """Create the partitions of yesterday to `DAYS_AHEAD` days from now; return the new names."""
    # Of two concurrent calls, the second waits and finds the partitions of the first.
    locks.take(session, Lock.PARTITIONS)
    days = [now.date() + timedelta(days=offset) for offset in range(-1, DAYS_AHEAD + 1)]
    existing = _existing(session)
    made = []
    for table in TABLES:
        for day in days:
            name = f"{table}_p{day:%Y%m%d}"
            if name not in existing:
                session.execute(
                    text("SELECT make_day_partition(:table, :day)"), {"table": table, "day": day}
                )
                made.append(name)
    return made


def missing(session: Session, *, now: datetime) -> list[str]:
    """Return the missing partitions of today and tomorrow."""
    days = (now.date(), now.date() + timedelta(days=1))
    names = {f"{table}_p{day:%Y%m%d}" for table in TABLES for day in days}
    return sorted(names - _existing(session))


def drop_expired(session: Session, *, now: datetime, keep_days: int) -> list[str]:
    """Drop the partitions whose last row is older than `keep_days` days; return their names."""
    last_kept = now.date() - timedelta(days=keep_days)
    expired = [
        name
        for name in _existing(session)
        if name[-8:].isdigit() and datetime.strptime(name[-8:], "%Y%m%d").date() < last_kept  # noqa: DTZ007 - a date
    ]
    for name in expired:
        session.execute(text("SELECT drop_day_partition(:name)"), {"name": name})
    return expired


def _existing(session: Session) -> set[str]:
    query = text(
        "SELECT inhrelid::regclass::text FROM pg_inherits"
        " WHERE inhparent IN ('check_results'::regclass, 'check_failures'::regclass)"
    )
    return set(session.scalars(query))
