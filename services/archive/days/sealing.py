"""Seals a day: unloads each shard into files, verifies them, and publishes them in a manifest.

A kill at any point leaves at most objects that no manifest names, which a sweep deletes. Two
archivers at once do the work twice: names follow from contents, objects are created once, and each
transition checks that nobody else changed the day.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import structlog
from sqlalchemy.orm import Session

from models import ArchiveDay, ArchiveFile
from models.archive import ArchiveState
from models.session import database_now
from services.archive import catalogue, late_notes
from services.archive.archiver import Archiver, Step
from services.archive.catalogue import Claim
from services.archive.files import building, names, objects
from services.archive.files.building import Builder, Built
from services.archive.files.columns import Rows
from services.archive.files.digest import Digest, FailureDigest
from services.archive.files.manifest import CHECKS, FAILURES, ShardDay
from services.archive.files.store import ArchiveFileError
from services.archive.numbers import SHARDS, shard_of, slots_of
from services.archive.rows import deltas, hot, unload
from services.archive.rows.parts import Part

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Before:
    """What the archive had of a shard's day when it was unloaded."""

    late_seen: int
    rows: int = 0
    failures: int = 0
    files: Sequence[ArchiveFile] = ()


def store_shard(archiver: Archiver, day: date, shard: int) -> None:
    """Make the next revision of a shard's files and store them. Raise `Lost` or `StoreError`."""
    with archiver.transaction() as session:
        claim = catalogue.claim(session, day, shard, now=database_now(session))
    archiver.reached(Step.CLAIMED)
    with tempfile.TemporaryDirectory(dir=archiver.folder) as directory:
        built, counted, late_seen = _unloaded(archiver, claim, Path(directory))
        archiver.reached(Step.UNLOADED)
        for each in built:
            objects.create(archiver.store, each.entry.name, each.path)
        archiver.reached(Step.CREATED)
    with archiver.transaction() as session:
        now = database_now(session)
        entries = [each.entry for each in built]
        catalogue.store(session, claim, entries, counted, late_seen=late_seen, now=now)
    archiver.reached(Step.STORED)


def verify_day(archiver: Archiver, day: date) -> None:
    """Read the stored files of a day back, and compare them with the database.

    A shard that differs is made again. Of a dropped day only the files are read back, because the
    database has no other rows to compare them with than the late ones.
    """
    with archiver.transaction() as session:
        stored = [
            row for row in catalogue.days(session, day, day) if row.state is ArchiveState.STORED
        ]
        files = {row.shard: _made(session, row) for row in stored}
    sound = {row.shard for row in stored if _is_sound(archiver, files[row.shard])}
    archiver.reached(Step.READ_BACK)
    whole = {row.shard for row in stored if row.dropped_at is None}
    in_database = _digests(archiver, day) if whole & sound else {}
    for row in stored:
        is_equal = row.shard not in whole or _is_equal(files[row.shard], in_database.get(row.shard))
        with archiver.transaction() as session:
            now = database_now(session)
            if row.shard in sound and is_equal:
                catalogue.verify(session, row, now=now)
            else:
                log.warning("archive_differs", day=str(day), shard=row.shard)
                catalogue.begin_again(session, day, row.shard, now=now)
    archiver.reached(Step.VERIFIED)


def _unloaded(
    archiver: Archiver, claim: Claim, directory: Path
) -> tuple[list[Built], ShardDay, int]:
    """Return the files of the revision, what all files will have, and the last note of late rows.

    A day that was not dropped is unloaded whole. Of another one, only what is new becomes files.
    """
    builder = Builder(directory)
    before = _unload(archiver, claim, builder)
    rows, failures = builder.count(CHECKS), builder.count(FAILURES)
    if claim.is_delta:
        low, high = slots_of(claim.day)
        archived = deltas.Archived(archiver.store, _of_same(builder, before), low=low, high=high)
        reduced = directory / "reduced"
        reduced.mkdir()
        with Builder(reduced) as fresh:
            new_rows, new_failures = deltas.reduce(builder, archived, fresh)
        builder, rows, failures = fresh, before.rows + new_rows, before.failures + new_failures
    counted = ShardDay(
        day=claim.day.isoformat(),
        shard=claim.shard,
        revision=claim.revision,
        rows=rows,
        failures=failures,
    )
    naming = partial(_name, claim)
    built = builder.built(naming, shard=claim.shard, revision=claim.revision)
    return built, counted, before.late_seen


def _name(claim: Claim, kind: str, sha256: str) -> str:
    return names.of_day(kind, claim.day, claim.shard, claim.revision, sha256)


def _unload(archiver: Archiver, claim: Claim, builder: Builder) -> _Before:
    with archiver.transaction() as session:
        late_seen = late_notes.settled(session, claim.day, claim.shard)
    with archiver.transaction() as session, builder:
        unload.begin(session)
        before = _before(session, claim, late_seen)
        part = Part(claim.day, catalogue.erased(session), claim.shard)
        hot.CHECKS.unload(session, part, builder.add)
        for page in hot.CHECKS.unload_failures(session, part):
            builder.add_failures(page)
    return before


def _before(session: Session, claim: Claim, late_seen: int) -> _Before:
    if not claim.is_delta:
        return _Before(late_seen)
    row = session.get_one(ArchiveDay, (claim.day, claim.shard))
    files = catalogue.files(session, claim.day, claim.day, shard=claim.shard)
    current = [each for each in files if each.is_current]
    return _Before(late_seen, row.rows, row.failures, current)


def _of_same(builder: Builder, before: _Before) -> Sequence[ArchiveFile]:
    """Return the files that may have rows of the organizations of the unloaded rows."""
    found = builder.organizations
    return [each for each in before.files if each.only_for is None or each.only_for in found]


def _made(session: Session, row: ArchiveDay) -> list[ArchiveFile]:
    """Return the files of the revision that is being made."""
    return [
        file
        for file in catalogue.files(session, row.day, row.day, shard=row.shard)
        if not file.is_current and file.revision == row.revision and file.only_for is None
    ]


def _is_sound(archiver: Archiver, files: Sequence[ArchiveFile]) -> bool:
    """Return whether the objects have the bytes and the rows that were unloaded."""
    for file in files:
        problem = object_problem(archiver, file)
        if problem is not None:
            log.error("archive_object_damaged", problem=problem)
            # Its name is that of the right content, which could not be created otherwise.
            archiver.store.delete(file.name)
            return False
    return True


def object_problem(archiver: Archiver, file: ArchiveFile) -> str | None:
    """Read an object back; return how it differs from its entry, or None."""
    entry = catalogue.entry_of(file)
    try:
        with objects.fetched(archiver.store, entry, archiver.folder) as content:
            return building.content_problem(content, entry)
    except ArchiveFileError as error:
        return str(error)


@dataclass(slots=True)
class _Found:
    checks: Digest = field(default_factory=Digest)
    failures: FailureDigest = field(default_factory=FailureDigest)


def _digests(archiver: Archiver, day: date) -> Mapping[int, _Found]:
    """Return what the database has now of each shard: one scan for all."""
    found = {number: _Found() for number in range(SHARDS)}

    def add(rows: Rows) -> None:
        shards = rows["organization_id"] % SHARDS
        for number in np.unique(shards).tolist():
            found[number].checks.add(rows[shards == number])

    with archiver.transaction() as session:
        unload.begin(session)
        part = Part(day, catalogue.erased(session))
        hot.CHECKS.unload(session, part, add)
        for failures in hot.CHECKS.unload_failures(session, part):
            for each in failures:
                found[shard_of(each.organization_id)].failures.add([each])
    return found


def _is_equal(files: Sequence[ArchiveFile], found: _Found | None) -> bool:
    if found is None:
        return False
    made = {file.kind: (file.rows, file.digest) for file in files}
    empty = {CHECKS: (0, Digest().text), FAILURES: (0, FailureDigest().text)}
    return {**empty, **made} == {
        CHECKS: (found.checks.count, found.checks.text),
        FAILURES: (found.failures.count, found.failures.text),
    }
