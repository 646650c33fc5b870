"""Who is on duty by an on-call schedule: an override, or else the last layer that has somebody."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import partial

from domain.on_call.layer import Duty, Layer, Span, common

_FIRST_CHECK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Shift:
    """[start, end), and who is on duty then: nobody where that is None."""

    start: datetime
    end: datetime
    contact_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Later layers come before earlier ones; overrides come before all, and none of them overlap."""

    zone: tzinfo
    layers: Sequence[Layer] = ()
    overrides: Sequence[Duty] = ()


def on_duty_at(schedule: Schedule, moment: datetime) -> int | None:
    """Return the contact who is on duty at that moment, if anybody is."""
    for override in schedule.overrides:
        if override.start <= moment < override.end:
            return override.contact_id
    for layer in reversed(schedule.layers):
        contact_id = layer.on_duty_at(moment, schedule.zone)
        if contact_id is not None:
            return contact_id
    return None


def shifts(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    """Return who is on duty from start to end, without a gap or an overlap: also where nobody is.

    The first and the last are cut to what was asked for. Two in a row are never the same contact.
    """
    found: list[Shift] = []
    since = start
    for duty in sorted(_duties(schedule, start, end), key=lambda duty: duty.start):
        _append(found, Shift(since, duty.start, None))
        _append(found, Shift(duty.start, duty.end, duty.contact_id))
        since = duty.end
    _append(found, Shift(since, end, None))
    return found


def first_shift(schedule: Schedule, start: datetime, end: datetime) -> Shift:
    """Return the first of the shifts; mostly it is over long before the end, so little is reckoned."""
    length = _FIRST_CHECK
    while True:
        until = min(end, start + length)
        shift = shifts(schedule, start, until)[0]
        if shift.end < until or until == end:
            return shift
        length *= 4


def _duties(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Duty]:
    """Yield the duties that count, from the overrides down; each layer is asked only for what is left."""
    free = [(start, end)] if start < end else []
    ranked: list[Callable[[Sequence[Span]], Iterable[Duty]]] = [
        partial(_within, schedule.overrides),
        *(partial(layer.duties, zone=schedule.zone) for layer in reversed(schedule.layers)),
    ]
    for duties_in in ranked:
        duties = sorted(duties_in(free), key=lambda duty: duty.start)
        yield from duties
        free = list(_left(free, duties))


def _within(overrides: Iterable[Duty], free: Sequence[Span]) -> Iterator[Duty]:
    for each in overrides:
        for first, last in common(free, [(each.start, each.end)]):
            yield Duty(first, last, each.contact_id)


def _left(free: Iterable[Span], duties: Sequence[Duty]) -> Iterator[Span]:
    """Yield what is left of some spans, when duties that lie in them are taken away; all in order."""
    following = iter(duties)
    duty = next(following, None)
    for first, last in free:
        since = first
        while duty is not None and duty.start < last:
            if since < duty.start:
                yield since, duty.start
            since = duty.end
            duty = next(following, None)
        if since < last:
            yield since, last


def _append(found: list[Shift], shift: Shift) -> None:
    """Add what is not empty; the same contact goes on in the same shift."""
    if shift.start == shift.end:
        return
    if found and found[-1].contact_id == shift.contact_id:
        found[-1] = replace(found[-1], end=shift.end)
    else:
        found.append(shift)
