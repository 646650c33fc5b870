"""Rebuilds the catalogue from the object store alone, such as after a backup was restored.

The database may have rows of sealed days: those of the backup. All these days count as dropped, so
the archive is read, and the rows as late ones. What the archive lacks of them is added to it.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime

from sqlalchemy import delete, insert, text
from sqlalchemy.orm import Session

from models import ArchiveDay, ArchiveFile, ArchiveLate, ArchiveManifest
from models.archive import ArchiveState
from models.session import database_now
from services.archive import catalogue
from services.archive.archiver import Archiver
from services.archive.files import names
from services.archive.files.manifest import Manifest, ShardDay
from services.archive.files.store import ArchiveFileError
from services.archive.numbers import days_between, slots_of
from services.archive.upkeep import verification
from services.archive.upkeep.verification import Chain

_HAS_ROWS = text("""
    SELECT EXISTS (SELECT FROM check_results WHERE slot >= :low AND slot < :high)
""")


def rebuild(archiver: Archiver, *, trusted: frozenset[str] = frozenset()) -> int:
    """Replace the catalogue; return the number of days in the archive.

    Raise `ArchiveFileError` if the chain of manifests is broken, ends before the one that the
    catalogue knows, or is signed by a key that is neither known nor trusted.
    """
    chain = verification.read_chain(archiver.store)
    with archiver.transaction() as session:
        known = {*archiver.keys(session).public, *catalogue.kids(session), *trusted}
        last = catalogue.last_manifest(session)
        problems = [*chain.problems, *verification.end_problems(chain, last, known)]
        if problems:
            raise ArchiveFileError(problems[0])
        return _replace(session, chain)


def _replace(session: Session, chain: Chain) -> int:
    for table in (ArchiveFile, ArchiveManifest, ArchiveDay):
        session.execute(delete(table))
    now = database_now(session)
    newest: dict[date, Manifest] = {}
    for manifest, sha256, kid in zip(chain.manifests, chain.hashes, chain.kids, strict=True):
        session.add(_row_of(manifest, sha256, kid))
        days = days_between(manifest.first_day, manifest.last_day)
        newest.update(dict.fromkeys(days, manifest))
    for manifest in {each.number: each for each in newest.values()}.values():
        if manifest.files:
            session.execute(insert(ArchiveFile), _files(manifest))
        for each in manifest.days:
            # A day of a month may have ended, or have been stated again, since.
            if newest[date.fromisoformat(each.day)] is manifest:
                session.add(_day(each, now))
    session.flush()
    _note_rows(session, newest)
    return len({each.day for manifest in newest.values() for each in manifest.days})


def _row_of(manifest: Manifest, sha256: str, kid: str) -> ArchiveManifest:
    return ArchiveManifest(
        number=manifest.number,
        first_day=manifest.first_day,
        last_day=manifest.last_day,
        sha256=sha256,
        kid=kid,
        created_at=datetime.fromtimestamp(manifest.created_at, UTC),
    )


def _files(manifest: Manifest) -> list[dict[str, object]]:
    """Return the files of a manifest as rows. That of a month has files of its days, too."""
    rows = []
    for each in manifest.files:
        first_day, last_day = names.period_of(each.name)
        days = {"first_day": first_day, "last_day": last_day, "is_current": True}
        rows.append({**asdict(each), **days})
    return rows


def _day(each: ShardDay, now: datetime) -> ArchiveDay:
    return ArchiveDay(
        day=date.fromisoformat(each.day),
        shard=each.shard,
        state=ArchiveState.CURRENT,
        revision=each.revision,
        is_whole=False,
        rows=each.rows,
        failures=each.failures,
        late_seen=0,
        changed_at=now,
        dropped_at=now,
        restored_until=None,
    )


def _note_rows(session: Session, newest: Mapping[date, Manifest]) -> None:
    """Note the days of which the database has rows as days with late rows."""
    for day, manifest in newest.items():
        low, high = slots_of(day)
        if session.scalar(_HAS_ROWS, {"low": low, "high": high}):
            shards = sorted({each.shard for each in manifest.days})
            session.execute(insert(ArchiveLate), [{"day": day, "shard": each} for each in shards])
