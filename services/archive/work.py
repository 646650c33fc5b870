"""The next piece of work on the archive, whatever it is: each is bounded and safe to repeat.

First come late rows, then the oldest day that is not sealed, then days that leave the database,
and at last rows that leave the archive.
"""

from collections.abc import Callable, Iterator

from models.archive import ArchiveState
from models.session import database_now
from services.archive import catalogue, pending
from services.archive.archiver import Archiver
from services.archive.days import dropping, publishing, sealing
from services.archive.numbers import SHARDS
from services.archive.pending import Limits
from services.archive.upkeep import erasure


def some(archiver: Archiver, limits: Limits) -> bool:
    """Do the next piece of work; return whether there was any.

    Raise `StoreError` if the object store fails, and `Lost` if another archiver was faster.
    """
    return any(work() for work in _kinds(archiver, limits))


def _kinds(archiver: Archiver, limits: Limits) -> Iterator[Callable[[], bool]]:
    yield lambda: _seal_late(archiver)
    yield lambda: _seal(archiver)
    yield lambda: _drop(archiver, limits)
    yield lambda: erasure.some(archiver)
    yield lambda: _expire(archiver, limits)


def _seal_late(archiver: Archiver) -> bool:
    """Begin a revision for a shard with late rows whose day is sealed."""
    with archiver.transaction() as session:
        found = pending.late(session)
    if found is None:
        return False
    sealing.store_shard(archiver, *found)
    return True


def _seal(archiver: Archiver) -> bool:
    """Take the next step of the oldest day that is not sealed."""
    with archiver.transaction() as session:
        day = next(iter(pending.unsealed_days(session)), None)
        rows = [] if day is None else catalogue.days(session, day, day)
    if day is None:
        return False
    states = {row.shard: row.state for row in rows}
    for shard in range(SHARDS):
        if states.get(shard, ArchiveState.UNLOADING) is ArchiveState.UNLOADING:
            sealing.store_shard(archiver, day, shard)
            return True
    if ArchiveState.STORED in states.values():
        sealing.verify_day(archiver, day)
    else:
        publishing.publish_day(archiver, day)
    return True


def _drop(archiver: Archiver, limits: Limits) -> bool:
    """Drop a day that leaves the database. One that may not be dropped is sealed again."""
    with archiver.transaction() as session:
        today = database_now(session).date()
        days = dropping.due(session, today=today, hot_days=limits.hot_days)
    for day in days:
        if dropping.drop_day(archiver, day):
            return True
        with archiver.transaction() as session:
            if catalogue.reopen(session, day, now=database_now(session)):
                return True
    return False


def _expire(archiver: Archiver, limits: Limits) -> bool:
    """Remove the oldest day from the archive, if it is older than checks are kept."""
    with archiver.transaction() as session:
        day = pending.expired_day(session, limits)
    return day is not None and publishing.end_day(archiver, day)
