"""Searches in the archive in the object store, while no transaction is open.

Failures are found by their words, and their checks are then looked up. All other checks are read by
the runs of their monitors. Either way, whole row groups are read: they are what a budget counts.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.analytics.rollup import HOUR
from domain.evaluation.outcome import Outcome
from models.types import OUTCOME_CODES
from services.archive.files import columns, objects
from services.archive.files.columns import Rows
from services.archive.files.digest import Failure
from services.archive.files.encoding import ParquetFile
from services.archive.files.manifest import CHECKS, FAILURES
from services.archive.files.store import Store
from services.archive.rows.reading import ArchivedCheck
from services.archive.rows.searching import (
    OUTCOMES,
    ArchiveFound,
    ArchiveSearch,
    Conditions,
    FoundCheck,
    Key,
    Period,
)

_Mask: TypeAlias = NDArray[np.bool_]
_UP = OUTCOME_CODES[Outcome.UP]
_NUMBERS = ArchivedCheck._fields[:-2]
_WEIGHTS = {CHECKS: 1, FAILURES: 10}
"""A failure takes as long to read as ten checks."""
_CHUNK = 500
"""How many failures are looked up at once; a page is rarely longer."""


def search(store: Store, wanted: ArchiveSearch) -> ArchiveFound:
    """Make a search. Raise `StoreError` or `ArchiveFileError`."""
    checks: list[FoundCheck] = []
    counts: Counter[tuple[int, Outcome]] = Counter()
    read = 0
    for period in wanted.periods:
        limit = None if wanted.limit is None else wanted.limit - len(checks)
        rest = replace(wanted, limit=limit, budget=wanted.budget - read)
        scan = _Scan(store, rest, period)
        found = scan.explained() if wanted.conditions.is_explained else scan.any_of_monitors()
        checks += found.checks
        counts.update(found.counts)
        read += found.read
        if found.reached is not None:
            return replace(found, checks=checks, counts=counts, read=read)
    return ArchiveFound(checks=checks, counts=counts, read=read)


class _Scan:
    """The search in one period; it adds up the rows that it reads."""

    def __init__(self, store: Store, wanted: ArchiveSearch, period: Period) -> None:
        self._part = wanted
        self._period = period
        self._files = {
            kind: [
                objects.opened(store, each.name, each.size_bytes)
                for each in period.files
                if each.kind == kind
            ]
            for kind in (CHECKS, FAILURES)
        }
        self._read = 0

    @property
    def _begin(self) -> Key:
        """The key before which nothing is found yet."""
        end = (self._period.high, 0, 0)
        return end if self._part.before is None else min(end, self._part.before)

    def any_of_monitors(self) -> ArchiveFound:
        """Find checks of the monitors, whatever their outcome."""
        part = self._part
        needed = self._cost(CHECKS, part.monitor_ids)
        if needed > part.budget:
            return ArchiveFound(reached=self._begin, needed=needed)
        rows = self._checks(part.monitor_ids)
        rows = rows[_holds(rows, part.conditions)]
        if part.limit is None:
            return ArchiveFound(counts=_counts(rows), read=self._read)
        newest = _newest_first(rows)[: part.limit]
        failed = {int(row["monitor_id"]) for row in newest if row["outcome"] != _UP}
        words = self._failures(failed, None)
        found = [_found(row, words) for row in newest]
        reached = found[-1].key if len(found) == part.limit else None
        return ArchiveFound(checks=found, reached=reached, read=self._read)

    def explained(self) -> ArchiveFound:
        """Find failures by their words, newest first, and look up their checks."""
        part = self._part
        reached = self._begin
        needed = self._cost(FAILURES, part.monitor_ids)
        if needed > part.budget:
            return ArchiveFound(reached=reached, needed=needed)
        matching = self._failures(part.monitor_ids, part.conditions.text)
        failures = sorted(matching.values(), key=_key, reverse=True)
        checks: list[FoundCheck] = []
        counts: Counter[tuple[int, Outcome]] = Counter()
        for some in _chunks(failures, _CHUNK if part.limit is not None else len(failures)):
            monitors = {each.monitor_id for each in some}
            needed = self._cost(CHECKS, monitors)
            if self._read + needed > part.budget:
                return ArchiveFound(
                    checks=checks, counts=counts, reached=reached, read=self._read, needed=needed
                )
            rows = self._checks(monitors)
            found = _joined(rows[_holds(rows, part.conditions)], some)
            checks += found if part.limit is not None else ()
            counts.update(_bucket(each) for each in found if part.limit is None)
            reached = _key(some[-1])
            if part.limit is not None and len(checks) >= part.limit:
                last = checks[part.limit - 1].key
                return ArchiveFound(checks=checks[: part.limit], reached=last, read=self._read)
        return ArchiveFound(checks=checks, counts=counts, read=self._read)

    def _failures(self, monitors: Collection[int], text: str | None) -> dict[Key, Failure]:
        """Return the failures of monitors with a text in their words."""
        wanted = None if text is None else text.casefold()
        found: dict[Key, Failure] = {}
        for file in self._files[FAILURES]:
            for group in self._groups(file, monitors):
                self._read += _WEIGHTS[FAILURES] * file.rows_of([group])
                for each in file.words([group]):
                    if not self._is_wanted(each):
                        continue
                    if wanted is None or wanted in each.detail.casefold():
                        found[_key(each)] = each
                    else:
                        # Of several revisions the last one counts.
                        found.pop(_key(each), None)
        return found

    def _is_wanted(self, each: Failure) -> bool:
        part = self._part
        return (
            each.organization_id == part.organization_id
            and each.monitor_id in part.monitor_ids
            and self._period.low <= each.slot < self._period.high
            and (part.before is None or _key(each) < part.before)
        )

    def _cost(self, kind: str, monitors: Collection[int]) -> int:
        """Return what reading the rows of monitors takes of the budget."""
        rows = sum(file.rows_of(self._groups(file, monitors)) for file in self._files[kind])
        return _WEIGHTS[kind] * rows

    def _groups(self, file: ParquetFile, monitors: Collection[int]) -> list[int]:
        """Return the row groups that may have rows of these monitors of the organization."""
        owner = self._part.organization_id
        keys = sorted(monitors)
        found = []
        for group in file.groups_of("organization_id", owner, owner):
            low, high = file.bounds(group, "monitor_id")
            at = bisect_left(keys, low)
            if at < len(keys) and keys[at] <= high:
                found.append(group)
        return found

    def _checks(self, monitors: Collection[int]) -> Rows:
        """Return the wanted rows of monitors, merged over revisions."""
        keys = np.fromiter(monitors, dtype=np.int32, count=len(monitors))
        found = []
        for file in self._files[CHECKS]:
            groups = self._groups(file, monitors)
            self._read += file.rows_of(groups)
            parts = [columns.empty()]
            for group in groups:
                rows = file.checks([group])
                parts.append(rows[_of(rows, self._part, self._period, keys)])
            found.append(np.concatenate(parts))
        return columns.merged(found)


def _of(rows: Rows, part: ArchiveSearch, period: Period, monitors: NDArray[np.int32]) -> _Mask:
    is_wanted: _Mask = rows["organization_id"] == part.organization_id
    is_wanted &= (rows["slot"] >= period.low) & (rows["slot"] < period.high)
    is_wanted &= np.isin(rows["monitor_id"], monitors)
    if part.before is not None:
        slot, monitor_id, region_id = part.before
        is_before = rows["region_id"] < region_id
        is_before = (rows["monitor_id"] < monitor_id) | (
            (rows["monitor_id"] == monitor_id) & is_before
        )
        is_wanted &= (rows["slot"] < slot) | ((rows["slot"] == slot) & is_before)
    return is_wanted


def _holds(rows: Rows, conditions: Conditions) -> _Mask:
    holds: _Mask = np.ones(len(rows), dtype=np.bool_)
    for name, values in (
        ("outcome", conditions.outcomes),
        ("cause", conditions.causes),
        ("http_status", conditions.http_statuses),
    ):
        if values:
            holds &= np.isin(rows[name], values)
    if conditions.region_ids is not None:
        holds &= np.isin(rows["region_id"], conditions.region_ids)
    if conditions.min_us is not None:
        holds &= rows["total_us"] >= conditions.min_us
    if conditions.max_us is not None:
        holds &= rows["total_us"] <= conditions.max_us
    return holds


def _newest_first(rows: Rows) -> Rows:
    order = np.lexsort([rows["region_id"], rows["monitor_id"], rows["slot"]])
    newest: Rows = rows[order[::-1]]
    return newest


def _counts(rows: Rows) -> dict[tuple[int, Outcome], int]:
    codes = (rows["slot"].astype(np.int64) // HOUR) * 16 + rows["outcome"]
    found, counts = np.unique(codes, return_counts=True)
    return {
        (code // 16 * HOUR, OUTCOMES[code % 16]): count
        for code, count in zip(found.tolist(), counts.tolist(), strict=True)
    }


def _joined(rows: Rows, failures: Sequence[Failure]) -> list[FoundCheck]:
    """Return the checks of failures, in the order of these."""
    wanted = {_key(each): each for each in failures}
    keys = zip(*(rows[name].tolist() for name in ("slot", "monitor_id", "region_id")), strict=True)
    at = {key: number for number, key in enumerate(keys) if key in wanted}
    return [_found(rows[at[key]], wanted) for key in wanted if key in at]


def _found(row: np.void, words: dict[Key, Failure]) -> FoundCheck:
    key = int(row["slot"]), int(row["monitor_id"]), int(row["region_id"])
    failure = words.get(key)
    numbers = [int(row[name]) for name in _NUMBERS]
    check = ArchivedCheck._make((*numbers, "" if failure is None else failure.detail, None))
    return FoundCheck(key[1], check)


def _bucket(found: FoundCheck) -> tuple[int, Outcome]:
    return found.check.slot // HOUR * HOUR, OUTCOMES[found.check.outcome]


def _key(failure: Failure) -> Key:
    return failure.slot, failure.monitor_id, failure.region_id


def _chunks(failures: Sequence[Failure], size: int) -> Iterator[Sequence[Failure]]:
    for start in range(0, len(failures), max(size, 1)):
        yield failures[start : start + size]
