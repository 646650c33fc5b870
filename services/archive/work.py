"""The next piece of work on the archive, whatever it is: each is bounded and safe to repeat.

First comes what a killed attempt left, then late rows, the oldest day that is not sealed, days that
leave the database, rows that leave the archive, and at last months that become fewer files.
"""

from collections.abc import Callable, Iterator

from models.archive import ArchiveState
from models.session import database_now
from services.archive import catalogue, pending
from services.archive.archiver import Archiver
from services.archive.days import dropping, publishing, sealing, settling
from services.archive.months import compaction
from services.archive.numbers import SHARDS
from services.archive.pending import Limits
from services.archive.upkeep import erasure


def some(archiver: Archiver, limits: Limits) -> bool:
    """Do the next piece of work; return whether there was any.

    Raise `StoreError` if the object store fails, and `Lost` if another archiver was faster.
    """
    return any(work() for work in _kinds(archiver, limits))


def _kinds(archiver: Archiver, limits: Limits) -> Iterator[Callable[[], bool]]:
    yield lambda: settling.settle(archiver)
    yield lambda: _seal_late(archiver)
    yield lambda: _seal(archiver)
    yield lambda: _drop(archiver, limits)
    yield lambda: erasure.some(archiver, kept_days=limits.kept_days)
    yield lambda: _expire(archiver, limits)
    yield lambda: _compact(archiver, limits)


def _seal_late(archiver: Archiver) -> bool:
    """Begin a revision for a shard with late rows whose day is sealed."""
    with archiver.transaction() as session:
        found = pending.late(session)
    if found is None:
        return False
    sealing.store_shard(archiver, *found)
    return True


def _seal(archiver: Archiver) -> bool:
    """Take the next step of the oldest day that is not sealed, and of others in its manifest."""
    with archiver.transaction() as session:
        unsealed = pending.unsealed_days(session)
        period = publishing.period_of(session, unsealed[0]) if unsealed else None
        days = [day for day in unsealed if period and period[0] <= day <= period[1]]
        states = {(day, shard): ArchiveState.UNLOADING for day in days for shard in range(SHARDS)}
        for day in days:
            states |= {(day, row.shard): row.state for row in catalogue.days(session, day, day)}
    for (day, shard), state in states.items():
        if state is ArchiveState.UNLOADING:
            sealing.store_shard(archiver, day, shard)
            return True
    for (day, _), state in states.items():
        if state is ArchiveState.STORED:
            sealing.verify_day(archiver, day)
            return True
    return bool(days) and publishing.publish_day(archiver, days[0])


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


def _compact(archiver: Archiver, limits: Limits) -> bool:
    """Make files of a month for each organization, once all its days are only in the archive."""
    with archiver.transaction() as session:
        found = pending.due_month(session, limits)
    return found is not None and compaction.compact(archiver, *found)
