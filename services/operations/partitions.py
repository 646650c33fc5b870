"""Day partitions of checks and hours: created ahead, and dropped as a whole when they expire."""

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.analytics.rollup import HOURS_KEPT
from services import locks
from services.locks import Lock

CHECKS = ("check_results", "check_failures")
HOURS = "monitor_hours"
TABLES = (*CHECKS, HOURS)
DAYS_AHEAD = 7


def ensure(session: Session, *, now: datetime) -> list[str]:
    """Create the partitions of yesterday to `DAYS_AHEAD` days from now; return the new names."""
    days = [now.date() + timedelta(days=offset) for offset in range(-1, DAYS_AHEAD + 1)]
    return make(session, TABLES, days)


def make(session: Session, tables: Iterable[str], days: Collection[date]) -> list[str]:
    """Create the missing ones of these partitions; return their names."""
    # Of two concurrent calls, the second waits and finds the partitions of the first.
    locks.take(session, Lock.PARTITIONS)
    existing = _existing(session)
    made = []
    for table in tables:
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


def drop_expired(session: Session, *, now: datetime, keep_days: int | None) -> list[str]:
    """Drop the partitions whose last row is too old; return their names.

    Checks are kept for `keep_days` days; with None, the archive alone drops them
    (`services.archive.days.dropping`). The roll-ups of hours are kept for `HOURS_KEPT`.
    """
    kept = {HOURS: HOURS_KEPT}
    if keep_days is not None:
        kept |= dict.fromkeys(CHECKS, keep_days)
    expired = [
        name
        for table, days in kept.items()
        for name, day in _days(session, table).items()
        if day < now.date() - timedelta(days=days)
    ]
    for name in expired:
        session.execute(text("SELECT drop_day_partition(:name)"), {"name": name})
    return expired


def first_day(session: Session) -> date | None:
    """Return the first day from which on each has a partition of check results, or None.

    Before it, days may have been restored from the archive, but there are gaps between them.
    """
    days = set(_days(session, "check_results").values())
    first = max(days, default=None)
    while first is not None and first - timedelta(days=1) in days:
        first -= timedelta(days=1)
    return first


def _days(session: Session, table: str) -> dict[str, date]:
    """Return the day partitions of a table, each with its day."""
    pattern = re.compile(rf"{table}_p(\d{{8}})")
    found = (pattern.fullmatch(name) for name in _existing(session))
    return {
        each[0]: datetime.strptime(each[1], "%Y%m%d").date()  # noqa: DTZ007 - a date
        for each in found
        if each
    }


def _existing(session: Session) -> set[str]:
    query = text(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent IN"
        " ('check_results'::regclass, 'check_failures'::regclass, 'monitor_hours'::regclass)"
    )
    return set(session.scalars(query))
