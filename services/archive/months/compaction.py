"""Makes files of a month for each organization out of a shard's files of days.

So a year of a monitor is in twelve files, and an organization that leaves takes files of its own
with it. Rows that came late, or that leave, change the files of their organizations alone.

The old files stay current until the new ones were read back and have every row of them. If a day
changes meanwhile, the attempt comes to nothing, and the sweep deletes what it left.
"""

import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import structlog
from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY
from models import ArchiveDay, ArchiveFile
from models.archive import ArchiveState
from models.session import database_now
from services.archive import catalogue
from services.archive.archiver import Archiver, Step
from services.archive.catalogue import Lost
from services.archive.days import publishing
from services.archive.days.publishing import Plan
from services.archive.files import building, names, objects
from services.archive.files.columns import Rows
from services.archive.files.digest import Digest, FailureDigest
from services.archive.files.encoding import ParquetFile
from services.archive.files.manifest import CHECKS, FAILURES, FileEntry, ShardDay
from services.archive.files.store import ArchiveFileError
from services.archive.months import merging
from services.archive.months.making import MonthFiles
from services.archive.numbers import date_of

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Sums:
    checks: Digest = field(default_factory=Digest)
    failures: FailureDigest = field(default_factory=FailureDigest)

    def add(self, entry: FileEntry) -> None:
        digest = self.checks if entry.kind == CHECKS else self.failures
        digest.add_total(entry.rows, entry.digest)

    @property
    def text(self) -> tuple[int, str, int, str]:
        return self.checks.count, self.checks.text, self.failures.count, self.failures.text


@dataclass(slots=True)
class _Month:
    """A shard's month: its days, the files that are merged, and whether others stay as they are.

    `out` are the rows that are in no new file: replaced ones, and those of `gone` organizations.
    """

    first: date
    shard: int
    gone: Collection[int]
    days: Sequence[ShardDay]
    files: Sequence[FileEntry]
    has_others: bool
    out: _Sums = field(default_factory=_Sums)
    gone_checks: Counter[str] = field(default_factory=Counter)
    gone_failures: Counter[str] = field(default_factory=Counter)

    @property
    def is_ended(self) -> bool:
        """Whether nothing is left of the month, so that nobody has to read its files."""
        gone = {str(each) for each in self.gone}
        return not self.has_others and all(gone >= set(file.organizations) for file in self.files)

    @property
    def revision(self) -> int:
        return max((day.revision for day in self.days if day.shard == self.shard), default=1)


def compact(archiver: Archiver, day: date, shard: int, gone: Collection[int] = ()) -> bool:
    """Compact a shard's month, without organizations that leave; return whether that was possible.

    It is not while any day of the month is in the database or in work. Raise `Lost` or
    `StoreError`.
    """
    month = _begun(archiver, names.month_of(day), shard, gone)
    if month is None:
        return False
    made = [] if month.is_ended else _merge(archiver, month)
    archiver.reached(Step.COMPACTED)
    if not month.is_ended:
        _compare(archiver, month, made)
    archiver.reached(Step.COMPARED)
    with archiver.transaction() as session:
        plan = _plan(session, archiver, month, made)
    publishing.publish(archiver, plan)
    log.info("archive_month_compacted", month=str(month.first), shard=shard, files=len(made))
    return True


def is_compacted(session: Session, day: date, shard: int) -> bool:
    """Return whether a shard's day is in files of its month."""
    files = catalogue.files(session, day, day, shard=shard)
    return any(each.is_current and each.only_for is not None for each in files)


def _begun(
    archiver: Archiver, period: tuple[date, date], shard: int, gone: Collection[int]
) -> _Month | None:
    with archiver.transaction() as session:
        rows = catalogue.days(session, *period)
        if not all(map(_is_only_archived, rows)):
            return None
        catalogue.forget_months(session, period[0], shard, now=database_now(session))
        current = [
            each for each in catalogue.files(session, *period, shard=shard) if each.is_current
        ]
        files = _sources(current, gone)
        return _Month(
            first=period[0],
            shard=shard,
            gone=gone,
            days=publishing.shard_days(rows),
            files=[catalogue.entry_of(each) for each in files],
            has_others=len(files) < len(current),
        )


def _is_only_archived(row: ArchiveDay) -> bool:
    is_dropped = row.dropped_at is not None and row.restored_until is None
    return is_dropped and row.state is ArchiveState.CURRENT


def _sources(current: Sequence[ArchiveFile], gone: Collection[int]) -> list[ArchiveFile]:
    """Return the files of days, and those of organizations that they have, or that leave."""
    touched = {
        int(each) for file in current if file.only_for is None for each in file.organizations
    }
    touched.update(gone)
    return [each for each in current if each.only_for is None or each.only_for in touched]


def _merge(archiver: Archiver, month: _Month) -> list[FileEntry]:
    """Store the new files; return their entries."""
    made: list[FileEntry] = []
    for merge in (_merge_checks, _merge_failures):
        with tempfile.TemporaryDirectory(dir=archiver.folder) as folder:
            files = MonthFiles(
                archiver, Path(folder), month.first, shard=month.shard, revision=month.revision
            )
            with files:
                merge(archiver, month, files)
            made += files.made
    return made


def _merge_checks(archiver: Archiver, month: _Month, files: MonthFiles) -> None:
    sources = [each.each_check() for each in _opened(archiver, month, CHECKS)]
    for merged in merging.checks(sources):
        month.out.checks.add(merged.replaced)
        for organization_id, rows in _by_organization(merged.kept):
            if organization_id in month.gone:
                month.out.checks.add(rows)
                days, counts = np.unique(rows["slot"] // DAY, return_counts=True)
                for number, count in zip(days.tolist(), counts.tolist(), strict=True):
                    month.gone_checks[date_of(number * DAY).isoformat()] += count
            else:
                files.add(organization_id, rows)


def _merge_failures(archiver: Archiver, month: _Month, files: MonthFiles) -> None:
    sources = [each.each_failure() for each in _opened(archiver, month, FAILURES)]
    for failure, replaced in merging.failures(sources):
        month.out.failures.add(replaced)
        if failure.organization_id in month.gone:
            month.out.failures.add([failure])
            month.gone_failures[date_of(failure.slot).isoformat()] += 1
        else:
            files.add_failure(failure)


def _opened(archiver: Archiver, month: _Month, kind: str) -> list[ParquetFile]:
    return [
        objects.opened(archiver.store, each.name, each.size_bytes)
        for each in month.files
        if each.kind == kind
    ]


def _by_organization(rows: Rows) -> Iterator[tuple[int, Rows]]:
    found, starts = np.unique(rows["organization_id"], return_index=True)
    ends = [*starts.tolist()[1:], len(rows)]
    for organization_id, start, end in zip(found.tolist(), starts.tolist(), ends, strict=True):
        yield organization_id, rows[start:end]


def _compare(archiver: Archiver, month: _Month, made: Sequence[FileEntry]) -> None:
    """Read the new files back. Raise `ArchiveFileError` unless they have all rows of the old ones."""
    before, after = _Sums(), month.out
    for entry in month.files:
        before.add(entry)
    for entry in made:
        after.add(entry)
    if before.text != after.text:
        raise ArchiveFileError(f"Files of {month.first:%Y-%m} have other rows than their manifest.")
    for entry in made:
        problem = _problem(archiver, entry)
        if problem is not None:
            # Its name is that of the right content, which could not be created otherwise.
            archiver.store.delete(entry.name)
            raise ArchiveFileError(problem)


def _problem(archiver: Archiver, entry: FileEntry) -> str | None:
    try:
        with objects.fetched(archiver.store, entry, archiver.folder) as content:
            return building.content_problem(content, entry)
    except ArchiveFileError as error:
        return str(error)


def _plan(session: Session, archiver: Archiver, month: _Month, made: Sequence[FileEntry]) -> Plan:
    period = names.month_of(month.first)
    if not all(map(_is_only_archived, catalogue.days(session, *period))):
        raise Lost
    new, old = {each.name for each in made}, {each.name for each in month.files}
    files = [
        each
        for each in catalogue.files(session, *period)
        if each.name in new or (each.is_current and each.name not in old)
    ]
    manifest = publishing.next_manifest(session, period, files, _counted(month))
    return Plan(manifest, archiver.keys(session), old - new, before=month.days)


def _counted(month: _Month) -> list[ShardDay]:
    """Return the days without what leaves them."""
    return [_less(month, day) if day.shard == month.shard else day for day in month.days]


def _less(month: _Month, day: ShardDay) -> ShardDay:
    if month.is_ended:
        return replace(day, revision=day.revision + 1, rows=0, failures=0)
    checks, failures = month.gone_checks[day.day], month.gone_failures[day.day]
    if not checks and not failures:
        return day
    return replace(
        day,
        revision=day.revision + 1,
        rows=day.rows - checks,
        failures=day.failures - failures,
    )
