"""How far the archive is, in numbers for the operator."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import Session

from models import ArchiveDay, ArchiveFile, ArchiveLate, ArchiveManifest
from models.archive import ArchiveState
from services.archive import catalogue
from services.archive.numbers import SHARDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """`dropped` days are only in the archive, but for those that are `restored`.

    `unfinished` has the number of shards by state, in words, of each day that is not sealed.
    """

    days: int
    dropped: int
    restored: int
    first: date | None
    last: date | None
    rows: int
    files: int
    size_bytes: int
    manifests: int
    late: int
    unfinished: Mapping[date, str]


def of(session: Session) -> Overview:
    days, first, last, rows = session.execute(
        select(
            func.count(distinct(ArchiveDay.day)),
            func.min(ArchiveDay.day),
            func.max(ArchiveDay.day),
            func.coalesce(func.sum(ArchiveDay.rows), 0),
        )
    ).one()
    files, size_bytes = session.execute(
        select(func.count(), func.coalesce(func.sum(ArchiveFile.size_bytes), 0)).where(
            ArchiveFile.is_current
        )
    ).one()
    return Overview(
        days=days,
        dropped=_days_with(session, ArchiveDay.dropped_at.is_not(None)),
        restored=_days_with(session, ArchiveDay.restored_until.is_not(None)),
        first=first,
        last=last,
        rows=int(rows),
        files=files,
        size_bytes=int(size_bytes),
        manifests=session.execute(select(func.count()).select_from(ArchiveManifest)).scalar_one(),
        late=session.execute(select(func.count(distinct(ArchiveLate.day)))).scalar_one(),
        unfinished=_unfinished(session),
    )


def _days_with(session: Session, condition: ColumnElement[bool]) -> int:
    query = select(func.count(distinct(ArchiveDay.day))).where(condition)
    return session.execute(query).scalar_one()


def _unfinished(session: Session) -> dict[date, str]:
    return {
        day: ", ".join(f"{count} {state.value}" for state, count in Counter(states).items())
        for day, states in sorted(catalogue.states(session).items())
        if states != [ArchiveState.CURRENT] * SHARDS
    }
