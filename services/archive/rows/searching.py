"""What a search in the checks of many monitors reads of the archive, and what it found there.

As in `services.archive.rows.reading`, nothing is read within a transaction: what is missing raises
`NeedsArchiveSearch`. Read the rows of the database first, as there.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from models.types import OUTCOME_CODES
from services.archive.numbers import slots_of
from services.archive.rows import reading
from services.archive.rows.reading import ArchivedCheck, FileName, NeedsArchive

Key: TypeAlias = tuple[int, int, int]
"""The slot, the monitor and the region of a check: unique, and the order of a search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Codes of which one has to hold, or none for any; bounds in microseconds; a part of the words.

    With `is_explained`, only checks with words count: those that were down or degraded.
    """

    outcomes: tuple[int, ...] = ()
    causes: tuple[int, ...] = ()
    http_statuses: tuple[int, ...] = ()
    region_ids: tuple[int, ...] | None = None
    min_us: int | None = None
    max_us: int | None = None
    text: str | None = None
    is_explained: bool = False


class Period(NamedTuple):
    """The time [low, high) of some days, and their files."""

    low: int
    high: int
    files: tuple[FileName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSearch:
    """Checks of some monitors in some periods and before a key, newest first.

    The latest period comes first. Without `limit`, all checks are counted. At most `budget` rows of
    the files are read.
    """

    organization_id: int
    monitor_ids: frozenset[int]
    conditions: Conditions
    periods: tuple[Period, ...]
    before: Key | None = None
    limit: int | None = None
    budget: int


class FoundCheck(NamedTuple):
    monitor_id: int
    check: ArchivedCheck

    @property
    def key(self) -> Key:
        return self.check.slot, self.monitor_id, self.check.region_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFound:
    """Checks, newest first, or their counts by hour and outcome.

    `reached` is the key down to which everything was found; None: everything was. `needed`
    is the number of rows to read next if they were more than the rest of the budget.
    """

    checks: Sequence[FoundCheck] = ()
    counts: Mapping[tuple[int, Outcome], int] = field(default_factory=dict)
    reached: Key | None = None
    read: int = 0
    needed: int = 0


Searched: TypeAlias = MutableMapping[ArchiveSearch, ArchiveFound]
"""What was searched for a request until now."""


class NeedsArchiveSearch(NeedsArchive):
    """Raised for a search in the archive that was not made yet."""

    def __init__(self, search: ArchiveSearch) -> None:
        super().__init__(())
        self.search = search


OUTCOMES = {code: outcome for outcome, code in OUTCOME_CODES.items()}


def periods(
    session: Session, organization_id: int, low: int, high: int
) -> tuple[list[Period], list[tuple[int, int]]]:
    """Return the periods to search within [low, high), and the time that is in the database.

    The earliest comes first in both. A day of a month's file that is still in the database is left
    out of the period, and so is what the organization does not keep.
    """
    if low >= high:
        return [], []
    low = reading.shown_from(session, organization_id, low)
    if low >= high:
        return [], []
    dropped, found = reading.dropped_periods(session, organization_id, low, high)
    days = sorted(slots_of(day) for day in dropped)
    hot, at = [], low
    for begin, end in days:
        if at < begin:
            hot.append((at, min(begin, high)))
        at = max(at, end)
    if at < high:
        hot.append((at, high))
    wanted = []
    for (first, last), names in found:
        within = [
            (max(low, begin), min(high, end))
            for begin, end in days
            if slots_of(first)[0] <= begin and end <= slots_of(last)[1]
        ]
        wanted += [Period(*each, tuple(names)) for each in _joined(within)]
    return wanted, hot


def _joined(days: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for low, high in days:
        if joined and joined[-1][1] == low:
            joined[-1] = joined[-1][0], high
        elif low < high:
            joined.append((low, high))
    return joined


def demand(searched: Searched, search: ArchiveSearch) -> ArchiveFound:
    """Return what was found. Raise `NeedsArchiveSearch` if the search was not made yet."""
    if search not in searched:
        raise NeedsArchiveSearch(search)
    return searched[search]
