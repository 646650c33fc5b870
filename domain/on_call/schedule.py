"""The contact on duty: that of an override, or else of the last layer with a contact."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import partial

from domain.on_call.layer import Duty, Layer, Span, common

_FIRST_CHECK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Shift:
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
    for layer in reversed(schedule.layers):
        contact_id = layer.on_duty_at(moment, schedule.zone)
        if contact_id is not None:
            return contact_id
    return None


def shifts(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    """Return the shifts from start to end without gaps or overlaps.

    Times without a contact are shifts too. The first and the last are clipped to the request. Two
    shifts in a row never have the same contact.
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
    """Return the first shift.

    It mostly ends long before `end`, so it computes only a few days at first.
    """
    length = _FIRST_CHECK
    while True:
        until = min(end, start + length)
        shift = shifts(schedule, start, until)[0]
        if shift.end < until or until == end:
            return shift
        length *= 4


def _duties(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Duty]:
    """Yield the effective duties, overrides first.

    Each layer is asked only for the time that is left.
    """
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
    """Yield the parts of `free` outside of the duties.

    Both are in order, and each duty lies in a span.
    """
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
    """Append a shift unless it is empty; merge it with the last one if the contact is the same."""
    if shift.start == shift.end:
        return
    if found and found[-1].contact_id == shift.contact_id:
        found[-1] = replace(found[-1], end=shift.end)
    else:
        found.append(shift)
