"""The contact on duty: that of an override, or else of the last layer with a contact."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from domain.on_call.layer import Duty, Layer, Span
from domain.wall_clock import Clock

_FIRST_CHECK = timedelta(days=2)


class Shift(NamedTuple):
    """A span [start, end) and the contact on duty in it, or None."""

    start: datetime
    end: datetime
    contact_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Later layers take precedence over earlier ones, and overrides over all.

    No overrides overlap.
    """

    zone: tzinfo
    layers: Sequence[Layer] = ()
    overrides: Sequence[Duty] = ()


def on_duty_at(schedule: Schedule, moment: datetime) -> int | None:
    """Return the contact on duty at the moment, or None."""
    for override in schedule.overrides:
        if override.start <= moment < override.end:
            return override.contact_id
    clock = Clock(schedule.zone)
    for layer in reversed(schedule.layers):
        contact_id = layer.on_duty_at(moment, clock)
        if contact_id is not None:
            return contact_id
    return None


def shifts(
    schedule: Schedule, start: datetime, end: datetime, *, most: int | None = None
) -> list[Shift]:
    """Return the shifts from start to end without gaps or overlaps, or the first `most` of them.

    Times without a contact are shifts too. The first and the last are clipped to the request. Two
    shifts in a row never have the same contact.
    """
    return list(islice(_shifts(schedule, start, end), most))


def first_shift(schedule: Schedule, start: datetime, end: datetime) -> Shift:
    """Return the first shift.

    It mostly ends long before `end`, so it computes only a few days at first.
    """
    length = _FIRST_CHECK
    while True:
        until = min(end, start + length)
        (shift,) = shifts(schedule, start, until, most=1)
        if shift.end < until or until == end:
            return shift
        length *= 4


def _shifts(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Shift]:
    since, contact_id = start, None
    for begin, following in _changes(schedule, start, end):
        if following != contact_id:
            if since < begin:
                yield Shift(since, begin, contact_id)
            since, contact_id = begin, following
    if since < end:
        yield Shift(since, end, contact_id)


def _changes(
    schedule: Schedule, start: datetime, end: datetime
) -> Iterator[tuple[datetime, int | None]]:
    """Yield in order from when on which contact is on duty, or None; it may be the same again.

    A layer is asked for its turns only where no other one takes precedence.
    """
    ranks = _ranks(schedule, start, end)
    for begin, until, place in _split(start, end, [rank.spans for rank in ranks]):
        if place < 0:
            yield begin, None
        else:
            yield from ranks[place].changes(begin, until)


class _Rank(NamedTuple):
    """An override or a layer: when it has a contact, and the changes in a part of that time."""

    spans: Sequence[Span]
    changes: Callable[[datetime, datetime], Iterable[tuple[datetime, int]]]


def _ranks(schedule: Schedule, start: datetime, end: datetime) -> list[_Rank]:
    """Return what takes precedence first, without the layers of which nothing is seen."""
    found = [
        _Rank([(max(each.start, start), min(each.end, end))], partial(_only, each.contact_id))
        for each in schedule.overrides
        if each.start < end and each.end > start
    ]
    clock = Clock(schedule.zone)
    for layer in reversed(schedule.layers):
        spans = layer.spans(start, end, clock)
        found.append(_Rank(spans, layer.turns(clock).changes))
        if spans == [(start, end)]:
            break
    return found


def _only(contact_id: int, start: datetime, _end: datetime) -> Iterator[tuple[datetime, int]]:
    yield start, contact_id


def _split(
    start: datetime, end: datetime, ranked: Sequence[Sequence[Span]]
) -> Iterator[tuple[datetime, datetime, int]]:
    """Split [start, end) by the place of the first list that has a span there; -1 is none.

    The spans of each list lie within that time, in order and without overlap. All edges are passed
    once, in order: it is no matter how many lists there are at a moment.
    """
    edges = [
        (moment, 1 << place)
        for place, spans in enumerate(ranked)
        for span in spans
        for moment in span
    ]
    edges.sort(key=itemgetter(0))
    since = at = start
    lowest = open_at = 0
    for moment, bit in (*edges, (end, 0)):
        if at < moment:
            # The lowest bit that is set.
            if (first := open_at & -open_at) != lowest:
                if since < at:
                    yield since, at, lowest.bit_length() - 1
                since, lowest = at, first
            at = moment
        open_at ^= bit
    if since < end:
        yield since, end, lowest.bit_length() - 1
