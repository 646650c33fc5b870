"""One layer of an on-call schedule: contacts on duty in rotation, optionally at certain hours only.

All times are wall times. So a handoff at 09:00 is always at 09:00. A turn of one day lasts 23 or 25
hours when the clocks change.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from domain.wall_clock import reached, shown

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

    def on(self, day: date, zone: tzinfo) -> Span | None:
        """Return the span of these hours on a day, or None."""
        if day.weekday() not in self.weekdays:
            return None
        last_day = day if self.begin < self.end else day + _DAY
        begin = reached(datetime.combine(day, self.begin), zone)
        end = reached(datetime.combine(last_day, self.end), zone)
        return (begin, end) if begin < end else None


@dataclass(frozen=True, slots=True)
class Duty:
    """A span [start, end) and the contact on duty in it."""

    start: datetime
    end: datetime
    contact_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Contacts on duty from `local_start` on, in the order of `contact_ids`, repeatedly.

    Without `hours`, a contact is on duty at all times.
    """

    contact_ids: Sequence[int]
    local_start: datetime
    handoff: Handoff
    hours: Sequence[Hours] = ()

    def on_duty_at(self, moment: datetime, zone: tzinfo) -> int | None:
        if moment < reached(self.local_start, zone) or not self._is_within(moment, zone):
            return None
        return self._whose(self._turn(moment, zone))

    def duties(self, asked: Sequence[Span], zone: tzinfo) -> Iterator[Duty]:
        """Yield the duties in these spans, in order; times without a contact on duty are left out.

        The spans must be in order and must not overlap. Only turns within them are computed.
        """
        if not asked:
            return
        begun = max(asked[0][0], reached(self.local_start, zone))
        for first, last in common(asked, self._spans(begun, asked[-1][1], zone)):
            yield from self._turns(first, last, zone)

    def _is_within(self, moment: datetime, zone: tzinfo) -> bool:
        spans = self._hours_around(moment, moment, zone)
        return not self.hours or any(begin <= moment < end for begin, end in spans)

    def _spans(self, start: datetime, end: datetime, zone: tzinfo) -> Sequence[Span]:
        """Return the parts of this time within the hours, in order and without overlap."""
        spans = self._hours_around(start, end, zone) if self.hours else [(start, end)]
        clipped = ((max(first, start), min(last, end)) for first, last in spans)
        return _merged((first, last) for first, last in clipped if first < last)

    def _hours_around(self, start: datetime, end: datetime, zone: tzinfo) -> Iterator[Span]:
        """Yield all hours that may overlap this time, including those that began the day before."""
        day = shown(start, zone).date() - _DAY
        # When clocks are set back at midnight, they show a day again that had already begun.
        while day <= shown(end, zone).date() + _DAY:
            for each in self.hours:
                if span := each.on(day, zone):
                    yield span
            day += _DAY

    def _turns(self, start: datetime, end: datetime, zone: tzinfo) -> Iterator[Duty]:
        turn = self._turn(start, zone)
        while start < end:
            handoff = min(end, self._begin(turn + 1, zone))
            if start < handoff:
                yield Duty(start, handoff, self._whose(turn))
                start = handoff
            turn += 1

    def _turn(self, moment: datetime, zone: tzinfo) -> int:
        """Return the number of the last turn that has begun at the moment."""
        since = shown(moment, zone) - self.handoff.last_before(self.local_start)
        turn = since // self.handoff.length
        # When clocks are set back, they show less time than has passed since the start.
        while self._begin(turn + 1, zone) <= moment:
            turn += 1
        return turn

    def _begin(self, turn: int, zone: tzinfo) -> datetime:
        anchor = self.handoff.last_before(self.local_start)
        return reached(anchor + turn * self.handoff.length, zone)

    def _whose(self, turn: int) -> int:
        return self.contact_ids[turn % len(self.contact_ids)]


def common(some: Sequence[Span], others: Sequence[Span]) -> Iterator[Span]:
    """Yield the time in both lists; the spans of each must be in order and must not overlap."""
    here = there = 0
    while here < len(some) and there < len(others):
        first = max(some[here][0], others[there][0])
        last = min(some[here][1], others[there][1])
        if first < last:
            yield first, last
        if some[here][1] < others[there][1]:
            here += 1
        else:
            there += 1


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Merge spans that overlap or touch."""
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
