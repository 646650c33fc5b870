"""The latency of SLOs: checks that took longer than the threshold, from roll-ups.

Sketches are not decoded: of each, only the checks up to the thresholds are counted. So an SLO may
have any number of monitors.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from math import ceil
from typing import NamedTuple

from sqlalchemy.orm import Session

from domain.analytics import sketch
from domain.analytics.error_budget import Amount
from domain.analytics.rollup import DAY, Step, day_of
from domain.analytics.rollup_plan import plan
from domain.analytics.uptime import Span, merge, subtract
from models import MonitorDay, MonitorHour, MonitorMonth, Slo
from services.maintenance import active as active_maintenance
from services.rollups import check_rows, progress, rows
from services.rollups.rows import Table
from services.slos import scopes
from services.slos.spans import Spans, around

_MICROSECONDS = 1000


class _Part(NamedTuple):
    """Roll-ups of one length in [low, high), or single checks if there is no table."""

    table: Table | None
    low: int
    high: int

    def has(self, slot: int) -> bool:
        return self.low <= slot < self.high


_Counts = dict[tuple[int, int], int]
"""How many checks are in buckets up to one, by monitor and that bucket; all under bucket -1."""
_ALL = -1


def measured(
    session: Session,
    organization_id: int,
    slos: Sequence[Slo],
    spans: Spans,
) -> dict[int, list[Amount]]:
    """Return the checks above the threshold, and all, in the spans of each SLO, by its key.

    Only checks that passed have a latency; those in maintenance do not count. Each roll-up is read
    once, whatever the number of SLOs.
    """
    read = _Reading(session, organization_id, slos, spans, longest=Step.MONTH)
    return {slo.id: [read.amount(slo, span) for span in spans[slo.id]] for slo in slos}


def by_day(session: Session, slo: Slo, span: Span) -> list[tuple[date, Span, Amount]]:
    """Return the amount of each day of a span in UTC, because roll-ups are of such days."""
    days = [_cut(start, span) for start in range(day_of(int(span.start)), ceil(span.end), DAY)]
    if not days:
        return []
    read = _Reading(session, slo.organization_id, [slo], {slo.id: days}, longest=Step.DAY)
    return [
        (datetime.fromtimestamp(day_of(int(each.start)), UTC).date(), each, read.amount(slo, each))
        for each in days
    ]


class _Reading:
    """What was read for some SLOs and spans; equal scopes, thresholds and spans are summed once."""

    def __init__(
        self,
        session: Session,
        organization_id: int,
        slos: Sequence[Slo],
        spans: Spans,
        *,
        longest: Step,
    ) -> None:
        self._until = progress.until(session)
        self._longest = longest
        self._members = _members(session, organization_id, slos)
        keys = {key for found in self._members.values() for key in found}
        self._planned: Mapping[int, Sequence[Span]] = {}
        if keys:
            self._planned = active_maintenance.spans_of(
                session, organization_id, keys, around(spans)
            )
        self.parts = cache(self._parts_of)
        self._sum = cache(self._summed)
        wanted: dict[_Part, set[int]] = defaultdict(set)
        for slo in slos:
            for span in spans[slo.id]:
                for part, of_part in self._wanted(_scope(slo), span):
                    wanted[part].update(of_part)
        limits = {_limit(slo) for slo in slos}
        self._counts = _read(session, wanted, limits)

    def amount(self, slo: Slo, span: Span) -> Amount:
        return self._sum(_scope(slo), _limit(slo), span)

    def _summed(self, scope: "_Scope", limit: int, span: Span) -> Amount:
        good = total = 0
        for part, keys in self._wanted(scope, span):
            counts = self._counts[part]
            good += sum(counts.get((key, limit), 0) for key in keys)
            total += sum(counts.get((key, _ALL), 0) for key in keys)
        return Amount(total - good, total)

    def _wanted(self, scope: "_Scope", span: Span) -> Iterator[tuple[_Part, Collection[int]]]:
        """Yield the parts of a span, each with the monitors of a scope of which it is wanted."""
        members = self._members[scope]
        planned = [key for key in members if key in self._planned]
        plain = members - set(planned) if planned else members
        if plain:
            yield from ((part, plain) for part in self.parts(span))
        for key in planned:
            for piece in subtract([span], merge(self._planned[key])):
                yield from ((part, (key,)) for part in self.parts(piece))

    def _parts_of(self, span: Span) -> Sequence[_Part]:
        low, high = ceil(span.start), ceil(span.end)
        if low >= high:
            return ()
        found = plan(low, high, until=self._until, longest=self._longest)
        if found is None:
            return (_Part(None, low, high),)
        tables: Sequence[tuple[Table | None, Sequence[tuple[int, int]]]] = (
            (MonitorMonth, found.months),
            (MonitorDay, found.days),
            (MonitorHour, found.hours),
            (None, found.checks),
        )
        return [_Part(table, *each) for table, parts in tables for each in parts]


_Scope = tuple[int | None, str | None]
"""The monitor and the tag of an SLO."""


def _scope(slo: Slo) -> _Scope:
    return slo.monitor_id, slo.tag


def _limit(slo: Slo) -> int:
    return sketch.last_bucket((slo.threshold_ms or 0) * _MICROSECONDS)


def _members(
    session: Session, organization_id: int, slos: Iterable[Slo]
) -> Mapping[_Scope, frozenset[int]]:
    by_scope = {_scope(slo): slo for slo in slos}
    return {
        scope: frozenset(
            [slo.monitor_id]
            if slo.monitor_id is not None
            else session.scalars(scopes.monitors_of(organization_id, [slo]))
        )
        for scope, slo in by_scope.items()
    }


def _read(
    session: Session, wanted: Mapping[_Part, Collection[int]], limits: Collection[int]
) -> Mapping[_Part, _Counts]:
    """Return the counts of each part by monitor. Each roll-up is read once for all parts."""
    found: dict[_Part, _Counts] = {part: defaultdict(int) for part in wanted}
    by_table: dict[Table, list[_Part]] = defaultdict(list)
    for part, keys in wanted.items():
        if part.table is not None:
            by_table[part.table].append(part)
            continue
        for each in check_rows.by_hour(session, sorted(keys), low=part.low, high=part.high):
            encoded = each.rollup.sketch.encode()
            _add(found[part], each.monitor_id, encoded, limits)
    for table, parts in by_table.items():
        keys = {key for part in parts for key in wanted[part]}
        at = cache(lambda slot, parts=parts: [each for each in parts if each.has(slot)])
        for run in merge([Span(part.low, part.high) for part in parts]):
            for key, from_slot, encoded in rows.sketches(
                session, table, keys, low=int(run.start), high=int(run.end)
            ):
                for part in at(from_slot):
                    _add(found[part], key, encoded, limits)
    return found


def _add(counts: _Counts, key: int, encoded: bytes, limits: Collection[int]) -> None:
    for limit in limits:
        good, total = sketch.at_most(encoded, limit)
        counts[key, limit] += good
    counts[key, _ALL] += total


def _cut(start: int, span: Span) -> Span:
    return Span(max(start, span.start), min(start + DAY, span.end))
