"""The notes of rows that were stored after their day was sealed, as the archiver reads them."""

from datetime import date

from sqlalchemy import ColumnElement, delete, func, select, text
from sqlalchemy.orm import Session

from models import ArchiveLate


def settled(session: Session, day: date, shard: int) -> int:
    """Return the last note of late rows of a day's shard, such that all before it are visible.

    Numbers are given before the commit, so a lower one could become visible later. The lock waits
    for all open transactions that wrote one. The caller ends its transaction at once, and unloads
    in another one.
    """
    session.execute(text("LOCK TABLE archive_late IN SHARE MODE"))
    return last_seen(session, day, shard)


def last_seen(session: Session, day: date, shard: int) -> int:
    """Return the last note of late rows of a day's shard; 0 without any."""
    return session.scalar(select(func.max(ArchiveLate.id)).where(*_noted(day, shard))) or 0


def forget(session: Session, day: date, shard: int, *, until: int) -> None:
    session.execute(delete(ArchiveLate).where(*_noted(day, shard), ArchiveLate.id <= until))


def _noted(day: date, shard: int) -> tuple[ColumnElement[bool], ...]:
    return (ArchiveLate.day == day, ArchiveLate.shard == shard)
