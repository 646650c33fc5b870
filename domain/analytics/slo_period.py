"""The period of an objective: the last days, or a week, month or quarter of the calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from domain.analytics.uptime import Span
from domain.wall_clock import reached, shown

_DAY = timedelta(days=1)
_MONTHS_OF_A_QUARTER = 3
_MONTHS_OF_A_YEAR = 12

ROLLING_DAYS = (1, 90)
"""The least and the most days of a rolling period."""


class CalendarUnit(StrEnum):
    """A period of the calendar. A week begins on Monday, as ISO 8601 says."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"

    def first_day(self, day: date) -> date:
        """Return the first day of the period that has this day."""
        match self:
            case CalendarUnit.WEEK:
                return day - timedelta(days=day.weekday())
            case CalendarUnit.MONTH:
                return day.replace(day=1)
            case CalendarUnit.QUARTER:
                month = day.month - (day.month - 1) % _MONTHS_OF_A_QUARTER
                return day.replace(month=month, day=1)

    def following(self, first: date) -> date:
        """Return the first day of the next period."""
        match self:
            case CalendarUnit.WEEK:
                return first + 7 * _DAY
            case CalendarUnit.MONTH:
                return _months_later(first, 1)
            case CalendarUnit.QUARTER:
                return _months_later(first, _MONTHS_OF_A_QUARTER)


def _months_later(first: date, months: int) -> date:
    index = first.month - 1 + months
    return date(first.year + index // _MONTHS_OF_A_YEAR, index % _MONTHS_OF_A_YEAR + 1, 1)


@dataclass(frozen=True, slots=True)
class Rolling:
    """The last days of 24 hours each."""

    days: int

    def around(self, now: datetime, _zone: tzinfo) -> Span:
        """Return the period that ends now, in unix seconds."""
        return Span((now - self.days * _DAY).timestamp(), now.timestamp())


@dataclass(frozen=True, slots=True)
class Calendar:
    """A week, month or quarter from local midnight to local midnight."""

    unit: CalendarUnit

    def around(self, now: datetime, zone: tzinfo) -> Span:
        """Return the period that has this moment, in unix seconds."""
        first = self.unit.first_day(shown(now, zone).date())
        return Span(_midnight(first, zone), _midnight(self.unit.following(first), zone))


Period = Rolling | Calendar


class Day(NamedTuple):
    """A local day, and the part of it that is asked for."""

    day: date
    span: Span


def days(span: Span, zone: tzinfo) -> Sequence[Day]:
    """Return the local days of a span, the first and the last cut to it."""
    found = []
    start, end = span
    day = shown(datetime.fromtimestamp(start, zone), zone).date()
    while start < end:
        following = day + _DAY
        until = min(_midnight(following, zone), end)
        if start < until:
            found.append(Day(day, Span(start, until)))
        start, day = max(start, until), following
    return found


def _midnight(day: date, zone: tzinfo) -> float:
    return reached(datetime.combine(day, time()), zone).timestamp()
