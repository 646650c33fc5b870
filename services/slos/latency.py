"""The latency of SLOs: checks that took longer than the threshold, from roll-ups."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from math import ceil

from sqlalchemy.orm import Session

from domain.analytics.error_budget import Amount
from domain.analytics.rollup import DAY, Step, day_of
from domain.analytics.sketch import Sketch
from domain.analytics.uptime import Span, merge, subtract
from models import Slo
from services.maintenance import active as active_maintenance
from services.rollups import reading
from services.rollups.rows import RolledUp
from services.slos import scopes
from services.slos.spans import Spans, around

_MICROSECONDS = 1000

_Piece = tuple[int, int]
"""Whole seconds [low, high)."""


def measured(
    session: Session,
    organization_id: int,
    slos: Sequence[Slo],
    spans: Spans,
) -> dict[int, list[Amount]]:
    """Return the checks above the threshold, and all, in the spans of each SLO, by its key.

    Only checks that passed have a latency; those in maintenance do not count. Raise `Invalid` if an
    SLO has too many monitors.
    """
    members = {slo.id: _members(session, slo) for slo in slos}
    keys = {key for found in members.values() for key in found}
    if not keys:
        return {slo.id: [Amount() for _ in spans[slo.id]] for slo in slos}
    planned = active_maintenance.spans_of(session, organization_id, keys, around(spans))
    wanted: dict[_Piece, set[int]] = defaultdict(set)
    for slo in slos:
        for span in spans[slo.id]:
            for key in members[slo.id]:
                for piece in _pieces(span, planned.get(key, ())):
                    wanted[piece].add(key)
    found = {piece: _sketches(session, piece, of_piece) for piece, of_piece in wanted.items()}
    return {
        slo.id: [
            _sum(
                amount_of(sketch, slo)
                for key in members[slo.id]
                for piece in _pieces(span, planned.get(key, ()))
                for sketch in found[piece].get(key, ())
            )
            for span in spans[slo.id]
        ]
        for slo in slos
    }


def by_day(session: Session, slo: Slo, span: Span) -> list[tuple[date, Span, Amount]]:
    """Return the amount of each day of a span in UTC, because roll-ups are of such days."""
    keys = _members(session, slo)
    planned = active_maintenance.spans_of(session, slo.organization_id, keys, around({0: [span]}))
    wanted: dict[_Piece, set[int]] = defaultdict(set)
    for key in keys:
        for piece in _pieces(span, planned.get(key, ())):
            wanted[piece].add(key)
    amounts: dict[int, Amount] = defaultdict(Amount)
    for piece, of_piece in wanted.items():
        for each in _read(session, piece, of_piece, longest=Step.DAY):
            amounts[day_of(each.from_slot)] += amount_of(each.rollup.sketch, slo)
    return [
        (datetime.fromtimestamp(start, UTC).date(), _cut(start, span), amounts[start])
        for start in range(day_of(int(span.start)), ceil(span.end), DAY)
    ]


def amount_of(sketch: Sketch, slo: Slo) -> Amount:
    """Return how many checks of a sketch were above the threshold, exact to its relative error."""
    total = sketch.count
    return Amount(total - sketch.at_most((slo.threshold_ms or 0) * _MICROSECONDS), total)


def _members(session: Session, slo: Slo) -> Sequence[int]:
    scopes.refuse_too_many(session, slo)
    if slo.monitor_id is not None:
        return [slo.monitor_id]
    return session.scalars(scopes.monitors_of(slo.organization_id, [slo])).all()


def _pieces(span: Span, planned: Collection[Span]) -> Iterator[_Piece]:
    """Yield the span without maintenance, in whole seconds."""
    for each in subtract([span], merge(planned)):
        low, high = ceil(each.start), ceil(each.end)
        if low < high:
            yield low, high


def _sketches(
    session: Session, piece: _Piece, keys: Collection[int]
) -> Mapping[int, Sequence[Sketch]]:
    found: dict[int, list[Sketch]] = defaultdict(list)
    for each in _read(session, piece, keys, longest=Step.MONTH):
        found[each.monitor_id].append(each.rollup.sketch)
    return found


def _read(
    session: Session, piece: _Piece, keys: Collection[int], *, longest: Step
) -> list[RolledUp]:
    return reading.of_monitors(session, sorted(keys), *piece, longest=longest)


def _sum(amounts: Iterator[Amount]) -> Amount:
    return sum(amounts, start=Amount())


def _cut(start: int, span: Span) -> Span:
    return Span(max(start, span.start), min(start + DAY, span.end))
