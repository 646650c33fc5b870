"""The times of a maintenance window: as a user gives them, validated and stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, takewhile

from domain.maintenance import (
    LONGEST,
    SHORTEST,
    Occurrence,
    instant,
    longest_span,
    occurrences,
)
from services.cron import zone
from services.errors import Invalid
from services.maintenance import recurrence

AHEAD = timedelta(days=5 * 366)
"""How far in the future the first occurrence may be."""
_BEHIND = timedelta(days=10 * 366)
"""How long ago a rule may have begun: each evaluation computes everything since."""
_YEAR = timedelta(days=366)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Times:
    """A window's times as they are stored. Without a recurrence it happens once."""

    time_zone: str
    local_start: datetime
    duration_seconds: int
    recurrence: str | None = None

    @property
    def duration(self) -> timedelta:
        return timedelta(seconds=self.duration_seconds)

    @property
    def local_end(self) -> datetime | None:
        """The local time at the end of a window that happens once."""
        if self.recurrence is not None:
            return None
        local = zone(self.time_zone)
        end = instant(self.local_start, local) + self.duration
        return end.astimezone(local).replace(tzinfo=None)

    def after(self, moment: datetime, before: datetime | None = None) -> Iterator[Occurrence]:
        """Yield the occurrences that run at that moment or begin later, without a limit.

        With a `before`, the search ends shortly after it.
        """
        local = zone(self.time_zone)
        found = occurrences(self._local_starts(moment, before), local, self.duration)
        return (each for each in found if each.end > moment)

    def _local_starts(self, moment: datetime, before: datetime | None) -> Iterator[datetime]:
        if self.recurrence is None:
            return iter([self.local_start])
        local = zone(self.time_zone)
        here = moment.astimezone(local).replace(tzinfo=None)
        there = before and before.astimezone(local).replace(tzinfo=None) + _DAY
        return recurrence.local_starts(
            self.recurrence,
            self.local_start,
            local,
            # One more day, because clocks may be set back in between.
            after=here - self.duration - _DAY,
            before=there,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTimes:
    """The times as a user gives them. The start defaults to now.

    The end may be given in place of the duration.
    """

    time_zone: str = "UTC"
    local_start: datetime | None = None
    local_end: datetime | None = None
    duration_seconds: int | None = None
    recurrence: str | None = None


def checked(wanted: WantedTimes, *, now: datetime) -> Times:
    """Return the times as they are stored. Raise `Invalid` with every invalid field."""
    problems = dict(_problems(wanted))
    if problems:
        raise Invalid(problems)
    times = _times(wanted, now)
    problems = dict(_time_problems(times, wanted, now))
    if problems:
        raise Invalid(problems)
    return times


def _problems(wanted: WantedTimes) -> Iterator[tuple[str, list[str]]]:
    try:
        zone(wanted.time_zone)
    except ValueError as error:
        yield "time_zone", [str(error)]
    if wanted.recurrence is None:
        if (wanted.local_end is None) == (wanted.duration_seconds is None):
            yield "local_end", ["Give either local_end or duration_seconds."]
        return
    try:
        recurrence.checked(wanted.recurrence)
    except ValueError as error:
        yield "recurrence", [str(error)]
    if wanted.local_start is None:
        yield "local_start", ["A recurring window needs a local_start."]
    if wanted.local_end is not None:
        yield "local_end", ["A recurring window needs duration_seconds instead."]
    elif wanted.duration_seconds is None:
        yield "duration_seconds", ["A recurring window needs a duration."]


def _times(wanted: WantedTimes, now: datetime) -> Times:
    name, start = wanted.time_zone, wanted.local_start
    if start is None:
        name, start = _here(name, now)
    duration = wanted.duration_seconds
    if duration is None and wanted.local_end is not None:
        local = zone(name)
        length = instant(wanted.local_end, zone(wanted.time_zone)) - instant(start, local)
        duration = int(length.total_seconds())
    rule = None if wanted.recurrence is None else recurrence.checked(wanted.recurrence)
    return Times(name, start, duration or 0, rule)


def _here(time_zone: str, now: datetime) -> tuple[str, datetime]:
    """Return the zone and the local time now.

    That is UTC if the local time repeats there and means the other one.
    """
    second = now.replace(microsecond=0)
    local = second.astimezone(zone(time_zone)).replace(tzinfo=None)
    if instant(local, zone(time_zone)) == second:
        return time_zone, local
    return "UTC", second.astimezone(UTC).replace(tzinfo=None)


def _time_problems(
    times: Times, wanted: WantedTimes, now: datetime
) -> Iterator[tuple[str, list[str]]]:
    length = "local_end" if wanted.duration_seconds is None else "duration_seconds"
    start = instant(times.local_start, zone(times.time_zone))
    if times.duration <= timedelta(0):
        yield length, ["Must be after local_start."]
    elif not SHORTEST <= times.duration <= LONGEST:
        yield length, [f"A window may last from one minute to {LONGEST.days} days."]
    elif not now - _BEHIND <= start <= now + AHEAD:
        yield "local_start", ["Must lie within the last ten years or the next five."]
    else:
        yield from _occurrence_problems(times, now, length)


def _occurrence_problems(
    times: Times, now: datetime, length: str
) -> Iterator[tuple[str, list[str]]]:
    # The limit avoids a search through centuries for a rule that never comes due.
    found = times.after(now, now + AHEAD + _YEAR)
    try:
        first = next(found, None)
    except ValueError:  # The parts of the rule contradict each other.
        first = None
    if first is None and times.recurrence is None:
        yield length, ["The window has already ended."]
    elif first is None or first.start > now + AHEAD:
        yield "recurrence", ["The recurrence has no future occurrence."]
    else:
        yield from _endless_problems(first, found)


def _endless_problems(
    first: Occurrence, following: Iterator[Occurrence]
) -> Iterator[tuple[str, list[str]]]:
    year = takewhile(lambda each: each.start < first.start + _YEAR, following)
    if longest_span(chain([first], year)) > LONGEST:
        yield (
            "duration_seconds",
            ["The window would never end: each occurrence begins before the preceding one ends."],
        )
