"""Drops sealed days from the database, once the archive has been seen to have them.

The database itself decides (`drop_sealed_day`): all shards are current, no late row is waiting, and
the partition has exactly as many rows as the archive.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import structlog
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models import ArchiveDay
from models.archive import ArchiveState
from services.archive import catalogue
from services.archive.archiver import Archiver, Step
from services.archive.days import identity
from services.archive.files.store import NotStored, Store
from services.archive.rows.hot import CHECKS

log = structlog.get_logger(__name__)


def due(session: Session, *, today: date, hot_days: int) -> Sequence[date]:
    """Return the sealed days that leave the database, the oldest first.

    A restored day stays until the end of the day that was asked for. A rebuilt catalogue has dropped
    days whose partition is still there.
    """
    partition = func.to_regclass(func.to_char(ArchiveDay.day, '"check_results_p"YYYYMMDD'))
    return session.scalars(
        select(ArchiveDay.day)
        .where(ArchiveDay.day < today - timedelta(days=hot_days))
        .group_by(ArchiveDay.day)
        .having(
            func.bool_and(ArchiveDay.state == ArchiveState.CURRENT),
            or_(
                func.bool_and(ArchiveDay.dropped_at.is_(None)),
                func.bool_and(ArchiveDay.restored_until < today),
                and_(func.bool_and(ArchiveDay.restored_until.is_(None)), partition.is_not(None)),
            ),
        )
        .order_by(ArchiveDay.day)
    ).all()


def drop_day(archiver: Archiver, day: date) -> bool:
    """Drop a day; return whether that was safe. Raise `WrongArchive` or `StoreError`."""
    identity.ensure_nothing_newer(archiver)
    with archiver.transaction() as session:
        files = [each for each in catalogue.files(session, day, day) if each.is_current]
    for each in files:
        if not _is_there(archiver.store, each.name, each.size_bytes):
            log.error("archive_object_missing", name=each.name)
            return False
    with archiver.transaction() as session:
        dropped = CHECKS.drop_day(session, day)
    if dropped:
        log.info("archived_day_dropped", day=str(day))
        archiver.reached(Step.DROPPED)
    return dropped


def _is_there(store: Store, name: str, size: int) -> bool:
    try:
        return store.size(name) == size
    except NotStored:
        return False
