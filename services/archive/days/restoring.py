"""Restores a day from the archive into the database, beside the archive.

Readers go on to use the archive, and take rows with equal keys once. So nothing is missing or
double while rows come back. The day is dropped again after the day that was asked for.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from models import ArchiveDay, CheckFailure, CheckResult
from models.archive import ArchiveState
from services.archive import catalogue
from services.archive.archiver import Archiver
from services.archive.files import columns, objects
from services.archive.files.columns import NAMES, Rows
from services.archive.files.digest import Failure
from services.archive.files.encoding import ParquetFile
from services.archive.files.manifest import CHECKS, FAILURES, FileEntry
from services.archive.numbers import SHARDS, slots_of
from services.archive.rows import copying

_LONGEST = "20min"
_AT_ONCE = 50_000


class NotRestorable(Exception):
    """The day cannot be restored; the text says why."""


def restore_day(archiver: Archiver, day: date, *, until: date) -> int:
    """Restore a dropped day until the end of another one; return the number of rows.

    Raise `NotRestorable`, or `StoreError` if the archive cannot be read.
    """
    with archiver.transaction() as session:
        rows = catalogue.days(session, day, day)
        _refuse(rows, day)
        entries = [
            catalogue.entry_of(each)
            for each in catalogue.files(session, day, day)
            if each.is_current
        ]
        erased = catalogue.erased(session)
    with ExitStack() as stack:
        files = [
            (each, stack.enter_context(objects.fetched(archiver.store, each, archiver.folder)))
            for each in entries
        ]
        with archiver.transaction() as session:
            return _write(session, files, day, until, erased)


def _refuse(rows: Sequence[ArchiveDay], day: date) -> None:
    if len(rows) != SHARDS or any(row.dropped_at is None for row in rows):
        raise NotRestorable(f"{day} is not only in the archive.")
    if any(row.state is not ArchiveState.CURRENT for row in rows):
        raise NotRestorable(f"The archive of {day} is being changed. Try again in some minutes.")
    if any(row.restored_until is not None for row in rows):
        raise NotRestorable(f"{day} is restored already.")


def _write(
    session: Session,
    files: Sequence[tuple[FileEntry, ParquetFile]],
    day: date,
    until: date,
    erased: Sequence[int],
) -> int:
    """Write all rows in one transaction: either the whole day is back, or nothing."""
    session.execute(text(f"SET LOCAL statement_timeout = '{_LONGEST}'"))
    _refuse(catalogue.lock_days(session, day, day), day)
    low, high = slots_of(day)
    late = _take_late_rows(session, low, high)
    for table in ("check_results", "check_failures"):
        session.execute(
            text("SELECT make_day_partition(:table, :day)"), {"table": table, "day": day}
        )
    session.execute(_TEMPORARY)
    count = 0
    for rows in _checks(files, low, high):
        kept = rows[~np.isin(rows["organization_id"], erased)]
        _store_checks(session, kept)
        count += len(kept)
    _insert_failures(session, _failures(files, low, high), erased)
    _put_back(session, late)
    session.execute(update(ArchiveDay).where(ArchiveDay.day == day).values(restored_until=until))
    return count


def _checks(files: Sequence[tuple[FileEntry, ParquetFile]], low: int, high: int) -> Iterator[Rows]:
    """Yield the rows of each shard, or of an organization of it, with one row for each slot."""
    owners = {(entry.shard, entry.only_for) for entry, _ in files}
    for shard in sorted({shard for shard, _ in owners}):
        of_shard = [
            (entry, file) for entry, file in files if entry.shard == shard and entry.kind == CHECKS
        ]
        if len(of_shard) == 1 and of_shard[0][0].only_for is None:
            yield from of_shard[0][1].each_check()
            continue
        parts = [
            np.concatenate([_within(rows, low, high) for rows in file.each_check()])
            for _, file in of_shard
        ]
        yield columns.merged(parts)


def _within(rows: Rows, low: int, high: int) -> Rows:
    found: Rows = rows[(rows["slot"] >= low) & (rows["slot"] < high)]
    return found


def _failures(
    files: Sequence[tuple[FileEntry, ParquetFile]], low: int, high: int
) -> dict[tuple[int, int, int], Failure]:
    found: dict[tuple[int, int, int], Failure] = {}
    for entry, file in files:
        if entry.kind == FAILURES:
            for page in file.each_failure():
                found.update({each[:3]: each for each in page if low <= each.slot < high})
    return found


def _take_late_rows(session: Session, low: int, high: int) -> tuple[list[Any], list[Any]]:
    """Take rows of the day from the partition without days; a new partition needs that."""
    taken = []
    for table in (CheckResult, CheckFailure):
        rows = session.execute(
            delete(table)
            .where(table.slot >= low, table.slot < high)
            .returning(*table.__table__.columns)
            .execution_options(synchronize_session=False)
        )
        taken.append([dict(row._mapping) for row in rows])  # noqa: SLF001 - its documented name
    return taken[0], taken[1]


def _put_back(session: Session, late: tuple[list[Any], list[Any]]) -> None:
    """Store late rows again as the database stores any: only news counts."""
    results, failures = late
    for row in results:
        before = session.get(CheckResult, (row["monitor_id"], row["slot"], row["region_id"]))
        if before is None:
            session.add(CheckResult(**row))
        elif before.outcome.value == "unknown" and row["outcome"].value != "unknown":
            for name, value in row.items():
                setattr(before, name, value)
    session.flush()
    for row in failures:
        session.merge(CheckFailure(**row))
    session.flush()


_NAMES = ", ".join(NAMES)
_TEMPORARY = text("CREATE TEMPORARY TABLE restored_checks (LIKE check_results) ON COMMIT DROP")
_EMPTY = text("TRUNCATE restored_checks")
_MOVE = text(f"INSERT INTO check_results ({_NAMES}) SELECT {_NAMES} FROM restored_checks")  # noqa: S608 - our own names
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"


def _store_checks(session: Session, rows: Rows) -> None:
    """Store rows by way of a temporary table, because COPY ignores row-level security."""
    # SQLAlchemy has no COPY, so this is the connection of psycopg2 below it.
    connection: Any = session.connection().connection.dbapi_connection
    for start in range(0, len(rows), _AT_ONCE):
        content = io.BytesIO(_SIGNATURE + copying.packed(rows[start : start + _AT_ONCE]) + _TRAILER)
        session.execute(_EMPTY)
        with connection.cursor() as cursor:
            cursor.copy_expert(
                f"COPY restored_checks ({_NAMES}) FROM STDIN (FORMAT binary)", content
            )
        session.execute(_MOVE)


_INSERT_FAILURE = text("""
    INSERT INTO check_failures (monitor_id, slot, region_id, organization_id, detail, evidence)
    VALUES (:monitor_id, :slot, :region_id, :organization_id, :detail, CAST(:evidence AS jsonb))
""")


def _insert_failures(
    session: Session, failures: dict[tuple[int, int, int], Failure], erased: Sequence[int]
) -> None:
    rows = [each._asdict() for each in failures.values() if each.organization_id not in erased]
    for start in range(0, len(rows), _AT_ONCE):
        session.execute(_INSERT_FAILURE, rows[start : start + _AT_ONCE])
