"""Reads the checks of a monitor on dropped days, which are only in the archive.

No transaction may be open while the object store is read. So code that needs archived checks within
a transaction raises `NeedsArchive`. The entry point then ends the transaction, reads, and starts
again with what it found.

Read the rows of the database first, and then ask for the parts of the archive. A day is marked as
dropped in the transaction that drops it, and stays marked. So its rows are seen at least once,
whatever happens in between; rows with equal keys are one row.
"""

from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from sqlalchemy import Integer, cast, or_, select
from sqlalchemy.orm import Session

from models import ArchiveDay, ArchiveFile, Monitor
from services.archive import retention
from services.archive.numbers import date_of, days_between, shard_of, slots_of

MOST_PARTS = 64
"""The most days, or parts of months, that are read at once."""


class FileName(NamedTuple):
    kind: str
    name: str
    size_bytes: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Checks of a monitor with slots in [low, high), of all or some outcomes and regions.

    Outcomes are codes. `files` are of the same days, oldest revision first.
    """

    organization_id: int
    monitor_id: int
    low: int
    high: int
    outcomes: tuple[int, ...] = ()
    region_id: int | None = None
    files: tuple[FileName, ...]

    @property
    def is_revised(self) -> bool:
        """Whether a row came after these days had been sealed."""
        return any(each.revision > 1 for each in self.files)


class ArchivedCheck(NamedTuple):
    """A row of a file, with the words of its failure; evidence is JSON, or None."""

    slot: int
    region_id: int
    outcome: int
    cause: int
    http_status: int
    dns_ms: int
    connect_ms: int
    tls_ms: int
    first_byte_ms: int
    total_us: int
    lateness: int
    detail: str = ""
    evidence: str | None = None

    @property
    def key(self) -> tuple[int, int]:
        return self.slot, self.region_id


Archived = MutableMapping[Wanted, Sequence[ArchivedCheck]]
"""What was read for a request until now; each part is in the order of its slots."""


class NeedsArchive(Exception):
    """Raised for parts of the archive that have not been read yet."""

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        super().__init__("These parts of the archive have not been read yet.")
        self.wanted = tuple(wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Which checks of a monitor are wanted: with slots in [low, high), as in `Wanted`."""

    low: int
    high: int
    outcomes: tuple[int, ...] = ()
    region_id: int | None = None


def parts(session: Session, monitor: Monitor, narrowing: Narrowing) -> list[Wanted]:
    """Return what to read of dropped days, the earliest first; one for each day or month.

    Days that the organization keeps no longer are hidden, even if they are not deleted yet.
    """
    if narrowing.low >= narrowing.high:
        return []
    low = shown_from(session, monitor.organization_id, narrowing.low)
    if low >= narrowing.high:
        return []
    narrowing = replace(narrowing, low=low)
    dropped, periods = dropped_periods(session, monitor.organization_id, low, narrowing.high)
    return [
        wanted
        for period, names in periods
        if (wanted := _wanted(monitor, narrowing, period, names, dropped)) is not None
    ]


def shown_from(session: Session, organization_id: int, low: int) -> int:
    """Return the slot from which checks are shown, at or after this one."""
    shown = retention.first_shown(session, organization_id)
    return low if shown is None else max(low, slots_of(shown)[0])


def dropped_periods(
    session: Session, organization_id: int, low: int, high: int
) -> tuple[Collection[date], Sequence[tuple[tuple[date, date], Sequence[FileName]]]]:
    """Return the dropped days in [low, high), and the files of the days that are read together."""
    first, last = date_of(low), date_of(high - 1)
    dropped = _dropped(session, organization_id, first, last)
    if not dropped:
        return dropped, ()
    by_period: dict[tuple[date, date], list[FileName]] = {}
    periods: dict[date, tuple[date, date]] = {}
    for file in _files(session, organization_id, first, last):
        # Months come first, and a later revision of one of their days is read together with them.
        if file.first_day not in periods:
            days = days_between(file.first_day, file.last_day)
            periods |= dict.fromkeys(days, (file.first_day, file.last_day))
        by_period.setdefault(periods[file.first_day], []).append(_name(file))
    return dropped, sorted(by_period.items())


def demand(
    archived: Mapping[Wanted, Sequence[ArchivedCheck]], wanted: Sequence[Wanted]
) -> list[ArchivedCheck]:
    """Return the checks of these parts in order. Raise `NeedsArchive` for those not yet read."""
    missing = [each for each in wanted if each not in archived]
    if missing:
        raise NeedsArchive(missing)
    return [check for each in wanted for check in archived[each]]


def _dropped(session: Session, organization_id: int, first: date, last: date) -> Collection[date]:
    return set(
        session.scalars(
            select(ArchiveDay.day).where(
                ArchiveDay.shard == shard_of(organization_id),
                ArchiveDay.day >= first,
                ArchiveDay.day <= last,
                ArchiveDay.dropped_at.is_not(None),
            )
        )
    )


def _files(
    session: Session, organization_id: int, first: date, last: date
) -> Sequence[ArchiveFile]:
    """Return the current files with rows of an organization, months before days."""
    # Only these columns may be read by the API.
    columns = (
        ArchiveFile.name,
        ArchiveFile.kind,
        ArchiveFile.first_day,
        ArchiveFile.last_day,
        ArchiveFile.size_bytes,
        ArchiveFile.revision,
    )
    query = (
        select(*columns)
        .where(
            ArchiveFile.shard == shard_of(organization_id),
            ArchiveFile.first_day <= last,
            ArchiveFile.last_day >= first,
            ArchiveFile.is_current,
            or_(ArchiveFile.only_for.is_(None), ArchiveFile.only_for == organization_id),
        )
        .order_by(
            cast(ArchiveFile.last_day - ArchiveFile.first_day, Integer).desc(),
            ArchiveFile.first_day,
            ArchiveFile.revision,
        )
    )
    return session.execute(query).all()  # type: ignore[return-value] # rows with these attributes


def _name(file: ArchiveFile) -> FileName:
    return FileName(file.kind, file.name, file.size_bytes, file.revision)


def _wanted(
    monitor: Monitor,
    narrowing: Narrowing,
    period: tuple[date, date],
    names: Sequence[FileName],
    dropped: Collection[date],
) -> Wanted | None:
    if not any(period[0] <= day <= period[1] for day in dropped):
        return None
    return Wanted(
        organization_id=monitor.organization_id,
        monitor_id=monitor.id,
        low=max(narrowing.low, slots_of(period[0])[0]),
        high=min(narrowing.high, slots_of(period[1])[1]),
        outcomes=narrowing.outcomes,
        region_id=narrowing.region_id,
        files=tuple(names),
    )
