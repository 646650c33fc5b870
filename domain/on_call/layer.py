"""One layer of an on-call schedule: contacts on duty in rotation, optionally at certain hours only.

All times are wall times. So a handoff at 09:00 is always at 09:00. A turn of one day lasts 23 or 25
hours when the clocks change.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from domain.wall_clock import Clock

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)

Span = tuple[datetime, datetime]
"""[start, end)."""


class HandoffKind(StrEnum):
    """The unit of a turn."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


_LENGTHS = {HandoffKind.HOURLY: _HOUR, HandoffKind.DAILY: _DAY, HandoffKind.WEEKLY: _WEEK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """A turn lasts for `every` so many hours, days or weeks.

    Daily and weekly turns end at `at`, weekly ones on `weekday` (Monday is 0). The defaults are the
    time and the weekday at which the layer starts.
    """

    kind: HandoffKind
    every: int = 1
    weekday: int | None = None
    at: time | None = None

    @property
    def length(self) -> timedelta:
        return _LENGTHS[self.kind] * self.every

    def last_before(self, start: datetime) -> datetime:
        """Return the last handoff time that is not after the start: the one of the first turn."""
        anchor = datetime.combine(start, self.at or start.time())
        if self.weekday is not None:
            anchor -= _DAY * ((start.weekday() - self.weekday) % 7)
        return anchor if anchor <= start else anchor - _LENGTHS[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Hours from one time of day to another on certain weekdays; they may span midnight.

    The weekday is that of their beginning. Equal times mean a whole day.
    """

    weekdays: frozenset[int]
    begin: time
    end: time

    def on(self, day: date, clock: Clock) -> Span | None:
        """Return the span of these hours on a day, or None."""
        if day.weekday() not in self.weekdays:
            return None
        last_day = day if self.begin < self.end else day + _DAY
        begin = clock.reached_on(day, self.begin)
        end = clock.reached_on(last_day, self.end)
        return (begin, end) if begin < end else None


class Duty(NamedTuple):
    """A span [start, end) and the contact on duty in it."""

    start: datetime
    end: datetime
    contact_id: int


class Turns:
    """The turns of a layer. What is asked in order of time is computed once."""

    def __init__(
        self, contact_ids: Sequence[int], begin: datetime, length: timedelta, clock: Clock
    ) -> None:
        """Begin the first turn when the clock shows `begin`."""
        self._contact_ids = contact_ids
        self._first = begin
        self._length = length
        self._clock = clock
        self._turn = 0
        self._until = datetime.min.replace(tzinfo=UTC)

    def contact_at(self, moment: datetime) -> int:
        """Return whose turn it is; the moment must not be before one that was asked earlier."""
        if self._until <= moment:
            self._seek(moment)
        return self._contact_ids[self._turn % len(self._contact_ids)]

    def changes(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, int]]:
        """Yield from when on whose turn it is, beginning with `start`; the order is as above."""
        while start < end:
            yield start, self.contact_at(start)
            start = self._until

    def _seek(self, moment: datetime) -> None:
        """Go to the last turn that has begun at the moment."""
        self._turn = (self._clock.shown(moment) - self._first) // self._length
        # When clocks are set back, they show less time than has passed since the start.
        while (until := self._begin(self._turn + 1)) <= moment:
            self._turn += 1
        self._until = until

    def _begin(self, turn: int) -> datetime:
        return self._clock.reached(self._first + turn * self._length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Contacts on duty from `local_start` on, in the order of `contact_ids`, repeatedly.

    Without `hours`, a contact is on duty at all times.
    """

    contact_ids: Sequence[int]
    local_start: datetime
    handoff: Handoff
    hours: Sequence[Hours] = ()

    def on_duty_at(self, moment: datetime, clock: Clock) -> int | None:
        if moment < clock.reached(self.local_start) or not self._is_within(moment, clock):
            return None
        return self.turns(clock).contact_at(moment)

    def spans(self, start: datetime, end: datetime, clock: Clock) -> Sequence[Span]:
        """Return the parts of this time with a contact on duty, in order and without overlap."""
        begun = max(start, clock.reached(self.local_start))
        spans = self._hours_around(begun, end, clock) if self.hours else [(begun, end)]
        return _merged(
            (max(first, begun), min(last, end))
            for first, last in spans
            if first < end and begun < last
        )

    def turns(self, clock: Clock) -> Turns:
        first = self.handoff.last_before(self.local_start)
        return Turns(self.contact_ids, first, self.handoff.length, clock)

    def _is_within(self, moment: datetime, clock: Clock) -> bool:
        spans = self._hours_around(moment, moment, clock)
        return not self.hours or any(begin <= moment < end for begin, end in spans)

    def _hours_around(self, start: datetime, end: datetime, clock: Clock) -> Iterator[Span]:
        """Yield all hours that may overlap this time, including those that began the day before."""
        day = clock.shown(start).date() - _DAY
        # When clocks are set back at midnight, they show a day again that had already begun.
        last = clock.shown(end).date() + _DAY
        while day <= last:
            for each in self.hours:
                if span := each.on(day, clock):
                    yield span
            day += _DAY


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Merge spans that overlap or touch."""
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
