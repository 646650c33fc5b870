"""Takes rows out of the archive: of deleted organizations, and those that are kept no longer.

A shard's day that is still in the database is sealed again, which leaves erased organizations out.
Of a dropped day, the files are rewritten as a revision that replaces them. Of a month, the files of
the organization are left out. The sweep deletes the old objects an hour later.
"""

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from models import ArchiveDay, ArchiveErasure, ArchiveFile
from models.session import database_now
from services.archive import catalogue, leaving
from services.archive.archiver import Archiver, Step
from services.archive.catalogue import Claim
from services.archive.days import sealing
from services.archive.files import columns, names, objects
from services.archive.files.building import Builder
from services.archive.files.columns import Rows
from services.archive.files.digest import Failure
from services.archive.files.encoding import ParquetFile
from services.archive.files.manifest import CHECKS, FAILURES, FileEntry, ShardDay
from services.archive.months import compaction

_Open = Sequence[tuple[FileEntry, ParquetFile]]


def some(archiver: Archiver, *, kept_days: int) -> bool:
    """Rewrite a shard's day or month with rows that leave; return whether there was any.

    `kept_days` are those of the settings.
    """
    with archiver.transaction() as session:
        found = leaving.following(session, kept_days=kept_days)
        if found is None:
            _finish(session)
            return False
        day, shard, gone = found.first_day, found.shard, found.organizations
        is_month = found.first_day < found.last_day or compaction.is_compacted(session, day, shard)
        is_dropped = session.get_one(ArchiveDay, (day, shard)).dropped_at is not None
    if is_month:
        return compaction.compact(archiver, day, shard, gone)
    if is_dropped:
        _rewrite(archiver, day, shard, gone)
    else:
        sealing.store_shard(archiver, day, shard)
    return True


def _has_any(erased: Collection[int]) -> ColumnElement[bool]:
    return ArchiveFile.organizations.op("?|")(array([str(each) for each in erased]))


def _finish(session: Session) -> None:
    """Note that no object has rows of the erased organizations any more."""
    erased = session.scalars(
        select(ArchiveErasure.organization_id).where(ArchiveErasure.erased_at.is_(None))
    ).all()
    if not erased or session.scalar(select(exists().where(_has_any(erased)))):
        return
    session.execute(
        update(ArchiveErasure)
        .where(ArchiveErasure.organization_id.in_(erased))
        .values(erased_at=database_now(session))
    )


def _rewrite(archiver: Archiver, day: date, shard: int, gone: Sequence[int]) -> None:
    with archiver.transaction() as session:
        now = database_now(session)
        entries = [
            catalogue.entry_of(each)
            for each in catalogue.files(session, day, day, shard=shard)
            if each.is_current
        ]
        late_seen = session.get_one(ArchiveDay, (day, shard)).late_seen
        claim = catalogue.claim(session, day, shard, now=now, is_rewrite=True)
    with tempfile.TemporaryDirectory(dir=archiver.folder) as directory:
        builder = _built(archiver, entries, gone, Path(directory))
        naming = partial(_name, claim)
        built = builder.built(naming, shard=shard, revision=claim.revision)
        for each in built:
            objects.create(archiver.store, each.entry.name, each.path)
    counted = ShardDay(
        day=day.isoformat(),
        shard=shard,
        revision=claim.revision,
        rows=builder.count(CHECKS),
        failures=builder.count(FAILURES),
    )
    with archiver.transaction() as session:
        now = database_now(session)
        new = [each.entry for each in built]
        catalogue.store(session, claim, new, counted, late_seen=late_seen, now=now)
    archiver.reached(Step.REWRITTEN)


def _built(
    archiver: Archiver, entries: Sequence[FileEntry], gone: Sequence[int], directory: Path
) -> Builder:
    """Build the files of these without the organizations that leave."""
    left = [each for each in entries if set(each.organizations) - {str(one) for one in gone}]
    with ExitStack() as stack:
        files = [
            (each, stack.enter_context(objects.fetched(archiver.store, each, archiver.folder)))
            for each in left
        ]
        with Builder(directory) as builder:
            for rows in _checks(files):
                builder.add(rows[~np.isin(rows["organization_id"], gone)])
            kept = [each for each in _failures(files) if each.organization_id not in gone]
            builder.add_failures(kept)
    return builder


def _name(claim: Claim, kind: str, sha256: str) -> str:
    return names.of_day(kind, claim.day, claim.shard, claim.revision, sha256)


def _checks(files: _Open) -> Iterator[Rows]:
    """Yield the rows of a shard in the order of a file; several revisions become one."""
    checks = [file for entry, file in files if entry.kind == CHECKS]
    if len(checks) == 1:
        yield from checks[0].each_check()
    elif checks:
        yield columns.merged([np.concatenate(list(file.each_check())) for file in checks])


def _failures(files: _Open) -> list[Failure]:
    """Return the failures in the order of a file; of equal keys, that of the last revision."""
    found = {
        each[:3]: each
        for entry, file in files
        if entry.kind == FAILURES
        for page in file.each_failure()
        for each in page
    }
    return sorted(found.values(), key=lambda each: (each.organization_id, *each[:3]))
