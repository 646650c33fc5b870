"""What the database has of a dropped day and the archive has not: rows that were stored late.

A late row counts if its slot is not archived, or only as unknown and the row is known. That is how
the database treats a repeated result.
"""

from collections.abc import Collection, Sequence

import numpy as np

from models import ArchiveFile
from services.archive.files import columns, encoding, objects
from services.archive.files.building import Builder
from services.archive.files.columns import KEY, UNKNOWN, Rows
from services.archive.files.digest import Failure
from services.archive.files.encoding import ParquetFile
from services.archive.files.manifest import CHECKS, FAILURES
from services.archive.files.store import Store

_Key = tuple[int, int, int]


class Archived:
    """The current files of a shard's day, of which parts are read."""

    def __init__(self, store: Store, files: Sequence[ArchiveFile], *, low: int, high: int) -> None:
        self._low, self._high = low, high
        self._files: dict[str, list[ParquetFile]] = {CHECKS: [], FAILURES: []}
        for each in files:
            file = objects.opened(store, each.name, each.size_bytes)
            self._files[each.kind].append(file)

    def checks(self, monitor_ids: Collection[int]) -> Rows:
        """Return the rows of these monitors, one for each slot."""
        return columns.merged(
            [
                encoding.of_monitor(file, monitor_id, self._low, self._high)
                for file in self._files[CHECKS]
                for monitor_id in monitor_ids
            ]
        )

    def failures(self, monitor_ids: Collection[int]) -> set[_Key]:
        """Return the keys of the failures of these monitors."""
        return {
            each[:3]
            for file in self._files[FAILURES]
            for monitor_id in monitor_ids
            for each in encoding.failures_of_monitor(file, monitor_id, self._low, self._high)
        }


def reduce(unloaded: Builder, archived: Archived, builder: Builder) -> tuple[int, int]:
    """Build the files of the rows that count.

    Return how many slots, and how many failures, were not archived at all.
    """
    checks, failures = unloaded.content()
    taken: set[_Key] = set()
    new_checks = new_failures = 0
    for rows in checks.each_check():
        fresh, new = _fresh(rows, archived)
        new_checks += new
        taken.update(map(key_of, fresh))
        builder.add(fresh)
    for page in failures.each_failure():
        found = [each for each in page if each[:3] in taken]
        new_failures += _new_failures(found, archived)
        builder.add_failures(found)
    return new_checks, new_failures


def key_of(row: np.void) -> _Key:
    monitor_id, slot, region_id = (int(row[name]) for name in KEY)
    return monitor_id, slot, region_id


def _fresh(rows: Rows, archived: Archived) -> tuple[Rows, int]:
    """Return the rows that count, and how many of their slots are not archived."""
    before = archived.checks(np.unique(rows["monitor_id"]).tolist())
    known = {key_of(row): int(row["outcome"]) for row in before}
    found = [known.get(key_of(row)) for row in rows]
    counts = [
        was is None or (was == UNKNOWN and outcome != UNKNOWN)
        for was, outcome in zip(found, rows["outcome"].tolist(), strict=True)
    ]
    fresh: Rows = rows[np.array(counts, dtype=bool)]
    return fresh, found.count(None)


def _new_failures(failures: Sequence[Failure], archived: Archived) -> int:
    before = archived.failures({each.monitor_id for each in failures})
    return sum(each[:3] not in before for each in failures)
