"""Publishes verified revisions: a signed manifest, and then the catalogue in one transaction.

The number of a manifest is taken by creating its object. After a kill between the two steps, the
next attempt finds the object: it adopts a manifest that says the same, and counts any other of its
own as superseded.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from models import ArchiveDay, ArchiveFile, ArchiveManifest, CheckFailure, CheckResult
from models.archive import ArchiveState
from models.session import database_now
from security.jwt.signing_keys import SigningKeys
from security.jwt.statements import StatementError
from services.archive import catalogue, late_notes
from services.archive.archiver import Archiver, Step
from services.archive.catalogue import Lost
from services.archive.days import identity
from services.archive.files import manifest as manifests
from services.archive.files import names
from services.archive.files.manifest import Manifest, ShardDay
from services.archive.files.store import AlreadyStored, StoreError
from services.archive.numbers import SHARDS, slots_of


@dataclass(frozen=True, slots=True)
class Plan:
    """The next manifest, what it makes current, and what it replaces.

    A manifest without days ends the archive of its period. `before` is what the catalogue must
    have of its days until then, if the manifest changes their numbers.
    """

    manifest: Manifest
    keys: SigningKeys
    replaced: Collection[str]
    before: Sequence[ShardDay] | None = None


def publish_day(archiver: Archiver, day: date) -> bool:
    """Publish the verified revisions of a day, if all shards are ready; return whether it did."""
    with archiver.transaction() as session:
        first, last = period_of(session, day)
        rows = catalogue.days(session, first, last)
        is_ready = _is_ready(rows, day)
        plan = plan_of(session, archiver, rows, (first, last)) if is_ready else None
    if plan is None:
        return False
    publish(archiver, plan)
    return True


def end_day(archiver: Archiver, day: date) -> bool:
    """Remove a dropped day from the archive; return whether that was possible now."""
    with archiver.transaction() as session:
        rows = catalogue.days(session, day, day)
        if any(row.state is not ArchiveState.CURRENT or row.restored_until for row in rows):
            return False
        files = [each.name for each in catalogue.files(session, day, day)]
        manifest = next_manifest(session, (day, day), [], [])
        plan = Plan(manifest, archiver.keys(session), files)
    publish(archiver, plan)
    return True


def publish(archiver: Archiver, plan: Plan) -> None:
    """Create the manifest, then commit it to the catalogue. Raise `Lost` or `StoreError`."""
    identity.ensure_same_store(archiver)
    name = names.of_manifest(plan.manifest.number)
    with suppress(AlreadyStored):
        archiver.store.create(name, manifests.signed(plan.manifest, plan.keys))
    archiver.reached(Step.MANIFEST_CREATED)
    # What is there counts, whoever created it.
    content = archiver.store.read(name)
    found, kid = opened(archiver, name, content)
    number, previous = plan.manifest.number, plan.manifest.previous
    identity.refuse_foreign(found, number=number, previous=previous, kid=kid, keys=plan.keys)
    identity.refuse_newer(archiver, found)
    is_ours = says_the_same(found, plan.manifest)
    with archiver.transaction() as session:
        note(session, found, content, kid)
        if is_ours:
            make_current(session, plan)
    if not is_ours:
        raise Lost
    archiver.reached(Step.CURRENT)


def next_manifest(
    session: Session,
    period: tuple[date, date],
    files: Iterable[ArchiveFile],
    days: Sequence[ShardDay],
) -> Manifest:
    last = catalogue.last_manifest(session)
    return Manifest(
        number=last.number + 1 if last else 1,
        previous=last.sha256 if last else "",
        first_day=period[0],
        last_day=period[1],
        created_at=int(database_now(session).timestamp()),
        files=[catalogue.entry_of(each) for each in files],
        days=days,
    )


def shard_days(rows: Iterable[ArchiveDay]) -> list[ShardDay]:
    return [
        ShardDay(
            day=row.day.isoformat(),
            shard=row.shard,
            revision=row.revision,
            rows=row.rows,
            failures=row.failures,
        )
        for row in rows
    ]


def opened(archiver: Archiver, name: str, content: bytes) -> tuple[Manifest, str]:
    """Open a manifest that the catalogue does not know yet. Raise `StoreError`."""
    try:
        return manifests.opened(content)
    except StatementError as error:
        # The catalogue does not know it, so nothing is lost with it. The next run creates it again.
        archiver.store.delete(name)
        raise StoreError(f"{name} was damaged when it was read back: {error}") from error


def period_of(session: Session, day: date) -> tuple[date, date]:
    """Return the days of a day's manifest: those of the month if the day is in a month's file."""
    files = catalogue.files(session, day, day)
    return (
        min((file.first_day for file in files), default=day),
        max((file.last_day for file in files), default=day),
    )


def _is_ready(rows: Sequence[ArchiveDay], day: date) -> bool:
    """Return whether a day, and all others of its manifest, can be stated now."""
    is_whole = sum(row.day == day for row in rows) == SHARDS
    states = {row.state for row in rows}
    return is_whole and states <= _READY and ArchiveState.VERIFIED in states


_READY = {ArchiveState.VERIFIED, ArchiveState.CURRENT}


def plan_of(
    session: Session, archiver: Archiver, rows: Sequence[ArchiveDay], period: tuple[date, date]
) -> Plan:
    """Keep the current files, but for those of days that were unloaded whole again."""
    verified = [row for row in rows if row.state is ArchiveState.VERIFIED]
    again = {(row.day, row.shard) for row in verified if row.is_whole}
    making = {(row.day, row.shard, row.revision) for row in verified}
    kept, replaced = [], []
    for file in catalogue.files(session, *period):
        is_of_day = file.only_for is None
        if file.is_current and is_of_day and (file.first_day, file.shard) in again:
            replaced.append(file.name)
        elif file.is_current or (
            is_of_day and (file.first_day, file.shard, file.revision) in making
        ):
            kept.append(file)
    days = shard_days(row for row in rows if row.state in _READY)
    manifest = next_manifest(session, period, kept, days)
    return Plan(manifest, archiver.keys(session), replaced)


def says_the_same(found: Manifest, wanted: Manifest) -> bool:
    """Return whether two manifests of the same number differ at most in their time."""

    def content_of(manifest: Manifest) -> tuple[object, ...]:
        files = sorted(manifest.files, key=lambda each: each.name)
        days = sorted(manifest.days, key=lambda each: (each.day, each.shard))
        return manifest.first_day, manifest.last_day, files, days

    return content_of(found) == content_of(wanted)


def note(session: Session, found: Manifest, content: bytes, kid: str) -> None:
    """Add a manifest to the catalogue. Raise `Lost` if another archiver was faster."""
    last = catalogue.last_manifest(session)
    if (last.number if last else 0) + 1 != found.number:
        raise Lost
    session.add(
        ArchiveManifest(
            number=found.number,
            first_day=found.first_day,
            last_day=found.last_day,
            sha256=manifests.hash_of(content),
            kid=kid,
            created_at=datetime.fromtimestamp(found.created_at, UTC),
        )
    )
    session.flush()


def make_current(session: Session, plan: Plan) -> None:
    """Make the files current. Raise `Lost` if a day changed since the manifest was planned."""
    now = database_now(session)
    manifest = plan.manifest
    rows = catalogue.lock_days(session, manifest.first_day, manifest.last_day)
    if not manifest.days:
        _end(session, rows, plan, now=now)
        return
    before = manifest.days if plan.before is None else plan.before
    if shard_days(row for row in rows if row.state in _READY) != list(before):
        raise Lost
    session.execute(
        update(ArchiveFile)
        .where(ArchiveFile.name.in_([each.name for each in manifest.files]))
        .values(is_current=True, replaced_at=None)
    )
    catalogue.replace(session, plan.replaced, now=now)
    counted = {(each.day, each.shard): each for each in manifest.days}
    for row in rows:
        if row.state is ArchiveState.VERIFIED:
            _settle(session, row, now=now)
        elif (found := counted.get((row.day.isoformat(), row.shard))) is not None:
            row.revision, row.rows, row.failures = found.revision, found.rows, found.failures
    session.flush()


def _end(session: Session, rows: Sequence[ArchiveDay], plan: Plan, *, now: datetime) -> None:
    if any(row.state is not ArchiveState.CURRENT or row.restored_until for row in rows):
        raise Lost
    catalogue.replace(session, plan.replaced, now=now)
    for row in rows:
        session.delete(row)
    session.flush()


def _settle(session: Session, row: ArchiveDay, *, now: datetime) -> None:
    row.state, row.changed_at = ArchiveState.CURRENT, now
    late_notes.forget(session, row.day, row.shard, until=row.late_seen)
    if row.dropped_at is not None and row.restored_until is None:
        _delete_late_rows(session, row)


def _delete_late_rows(session: Session, row: ArchiveDay) -> None:
    """Delete the rows that are archived now, which are in the partition without days.

    A row that came after they were unloaded has a note. The note is looked for after the deletion,
    because then it is visible if the row was. All rows are left then, for the next revision.
    """
    session.execute(text("SET LOCAL statement_timeout = '20min'"))
    low, high = slots_of(row.day)
    savepoint = session.begin_nested()
    for table in (CheckFailure, CheckResult):
        session.execute(
            delete(table)
            .where(
                table.slot >= low,
                table.slot < high,
                table.organization_id % SHARDS == row.shard,
            )
            .execution_options(synchronize_session=False)
        )
    if late_notes.last_seen(session, row.day, row.shard):
        savepoint.rollback()
    else:
        savepoint.commit()
