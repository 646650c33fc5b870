"""The catalogue of the archive: which days are sealed, how far each is, and in which files."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models import ArchiveDay, ArchiveErasure, ArchiveFile, ArchiveManifest
from models.archive import ArchiveState
from services.archive.files.manifest import FileEntry, ShardDay


class Lost(Exception):
    """Another archiver changed this day, so the caller stops; nothing is broken."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to make a revision of a day's shard, until somebody else claims it."""

    day: date
    shard: int
    revision: int
    claimed_at: datetime
    is_delta: bool


def claim(
    session: Session, day: date, shard: int, *, now: datetime, is_rewrite: bool = False
) -> Claim:
    """Begin the next revision of a day's shard, also if an earlier attempt was killed.

    Of a day that was dropped, it has only what is new, unless its files are rewritten.
    """
    row = _locked(session, day, shard)
    if row is None:
        made = insert(ArchiveDay).values(
            day=day,
            shard=shard,
            state=ArchiveState.UNLOADING,
            revision=1,
            is_whole=True,
            rows=0,
            failures=0,
            late_seen=0,
            changed_at=now,
        )
        session.execute(made.on_conflict_do_nothing())
        row = _locked(session, day, shard)
        if row is None:
            raise Lost
    elif row.state is ArchiveState.CURRENT:
        row.revision += 1
    row.state, row.changed_at = ArchiveState.UNLOADING, now
    row.is_whole = is_rewrite or row.dropped_at is None
    _forget_attempts(session, day, shard)
    session.flush()
    return Claim(day, shard, row.revision, now, not row.is_whole)


def store(
    session: Session,
    claim: Claim,
    files: Iterable[FileEntry],
    counted: ShardDay,
    *,
    late_seen: int,
    now: datetime,
) -> None:
    """Note that the files of a claim are in the store. Raise `Lost`."""
    row = _held(session, claim)
    for each in files:
        session.merge(_row_of(each, claim.day, claim.day))
    row.state, row.changed_at = ArchiveState.STORED, now
    row.rows, row.failures, row.late_seen = counted.rows, counted.failures, late_seen
    session.flush()


def begin_again(session: Session, day: date, shard: int, *, now: datetime) -> None:
    """Have a revision made again that could not be verified."""
    row = _locked(session, day, shard)
    if row is not None and row.state is not ArchiveState.CURRENT:
        row.state, row.changed_at = ArchiveState.UNLOADING, now
        session.flush()


def reopen(session: Session, day: date, *, now: datetime) -> bool:
    """Have a sealed day made again, because the database has other rows than the archive.

    Return False for a day that was dropped before: its archive is whole, and stays as it is.
    """
    reopened = session.execute(
        update(ArchiveDay)
        .where(
            ArchiveDay.day == day,
            ArchiveDay.state == ArchiveState.CURRENT,
            ArchiveDay.dropped_at.is_(None),
        )
        .values(state=ArchiveState.UNLOADING, revision=ArchiveDay.revision + 1, changed_at=now)
        .returning(ArchiveDay.shard)
    )
    return bool(reopened.all())


def states(session: Session) -> dict[date, list[ArchiveState]]:
    """Return the states of all shards of each day."""
    found: dict[date, list[ArchiveState]] = {}
    for day, state in session.execute(select(ArchiveDay.day, ArchiveDay.state)):
        found.setdefault(day, []).append(state)
    return found


def verify(session: Session, row: ArchiveDay, *, now: datetime) -> None:
    """Note that a stored revision was read back. Raise `Lost` if it was changed meanwhile."""
    found = _locked(session, row.day, row.shard)
    is_same = found is not None and (found.state, found.changed_at) == (row.state, row.changed_at)
    if found is None or not is_same:
        raise Lost
    found.state, found.changed_at = ArchiveState.VERIFIED, now
    session.flush()


def days(session: Session, first: date, last: date) -> Sequence[ArchiveDay]:
    return session.scalars(
        select(ArchiveDay)
        .where(ArchiveDay.day >= first, ArchiveDay.day <= last)
        .order_by(ArchiveDay.day, ArchiveDay.shard)
        .execution_options(populate_existing=True)
    ).all()


def lock_days(session: Session, first: date, last: date) -> Sequence[ArchiveDay]:
    return session.scalars(
        select(ArchiveDay)
        .where(ArchiveDay.day >= first, ArchiveDay.day <= last)
        .order_by(ArchiveDay.day, ArchiveDay.shard)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def files(
    session: Session, first: date, last: date, *, shard: int | None = None
) -> Sequence[ArchiveFile]:
    """Return the files of these days: the current ones, and those of revisions being made.

    Files of months come first, and then those of days by revision.
    """
    query = select(ArchiveFile).where(
        ArchiveFile.first_day <= last,
        ArchiveFile.last_day >= first,
        ArchiveFile.replaced_at.is_(None),
    )
    if shard is not None:
        query = query.where(ArchiveFile.shard == shard)
    return session.scalars(
        query.order_by(
            ArchiveFile.only_for.is_(None), ArchiveFile.revision, ArchiveFile.name
        ).execution_options(populate_existing=True)
    ).all()


def entry_of(file: ArchiveFile) -> FileEntry:
    return FileEntry(
        name=file.name,
        kind=file.kind,
        shard=file.shard,
        only_for=file.only_for,
        revision=file.revision,
        rows=file.rows,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        digest=file.digest,
        organizations=dict(file.organizations),
    )


def add_files(session: Session, entries: Iterable[FileEntry], first: date, last: date) -> None:
    """Note files that no manifest has yet, so that no sweep takes them for orphans."""
    for each in entries:
        known = session.get(ArchiveFile, each.name, populate_existing=True)
        if known is None or not known.is_current:
            session.merge(_row_of(each, first, last))
    session.flush()


def forget_months(session: Session, month: date, shard: int, *, now: datetime) -> None:
    """Have files of a month deleted after a while that an attempt left, which came to nothing.

    They stay known until then, because a manifest of that attempt may name them.
    """
    session.execute(
        update(ArchiveFile)
        .where(
            ArchiveFile.first_day == month,
            ArchiveFile.shard == shard,
            ArchiveFile.only_for.is_not(None),
            ArchiveFile.is_current.is_(False),
            ArchiveFile.replaced_at.is_(None),
        )
        .values(replaced_at=now)
    )


def replace(session: Session, names: Collection[str], *, now: datetime) -> None:
    """Have these files deleted after a while."""
    session.execute(
        update(ArchiveFile)
        .where(ArchiveFile.name.in_(names))
        .values(replaced_at=now, is_current=False)
    )


def last_manifest(session: Session) -> ArchiveManifest | None:
    return session.scalars(
        select(ArchiveManifest).order_by(ArchiveManifest.number.desc()).limit(1)
    ).one_or_none()


def kids(session: Session) -> set[str]:
    """Return the ids of all keys that signed manifests."""
    return set(session.scalars(select(ArchiveManifest.kid).distinct()))


def names(session: Session) -> set[str]:
    """Return the names of all files that are current, are being made, or are replaced."""
    return set(session.scalars(select(ArchiveFile.name)))


def erased(session: Session) -> list[int]:
    """Return the organizations whose rows are not archived, and leave the archive."""
    return list(session.scalars(select(ArchiveErasure.organization_id)))


def _locked(session: Session, day: date, shard: int) -> ArchiveDay | None:
    return session.scalars(
        select(ArchiveDay)
        .where(ArchiveDay.day == day, ArchiveDay.shard == shard)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _held(session: Session, claim: Claim) -> ArchiveDay:
    row = _locked(session, claim.day, claim.shard)
    is_ours = row is not None and row.state is ArchiveState.UNLOADING
    if row is None or not is_ours or row.changed_at != claim.claimed_at:
        raise Lost
    return row


def _forget_attempts(session: Session, day: date, shard: int) -> None:
    """Forget the files of an attempt that came to nothing; their objects become orphans."""
    session.execute(
        delete(ArchiveFile).where(
            ArchiveFile.first_day == day,
            ArchiveFile.last_day == day,
            ArchiveFile.shard == shard,
            ArchiveFile.is_current.is_(False),
            ArchiveFile.replaced_at.is_(None),
        )
    )


def _row_of(entry: FileEntry, first: date, last: date) -> ArchiveFile:
    return ArchiveFile(
        name=entry.name,
        kind=entry.kind,
        first_day=first,
        last_day=last,
        shard=entry.shard,
        only_for=entry.only_for,
        revision=entry.revision,
        rows=entry.rows,
        size_bytes=entry.size_bytes,
        sha256=entry.sha256,
        digest=entry.digest,
        organizations=dict(entry.organizations),
        is_current=False,
        replaced_at=None,
    )
