"""Maintenance windows: the moments of their local times, and their longest unbroken span."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=90)
"""Whoever needs a longer maintenance should pause the monitor instead."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """[start, end) in UTC."""

    start: datetime
    end: datetime


def instant(local: datetime, zone: tzinfo) -> datetime:
    """Return the moment, in UTC, at which a wall clock shows this time.

    As in RFC 5545, 3.3.5: a repeated time means its first occurrence. A skipped time uses the
    offset before the change, so 02:30 means the moment at which clocks show 03:30.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def occurrences(
    local_starts: Iterable[datetime], zone: tzinfo, duration: timedelta
) -> Iterator[Occurrence]:
    """Yield the occurrences that begin at these local times and last for `duration` of real time.

    If a skipped local time is the same moment as another one, both are one occurrence.
    """
    last = None
    for local in local_starts:
        start = instant(local, zone)
        if last is None or start > last:
            yield Occurrence(start, start + duration)
            last = start


def longest_span(occurring: Iterable[Occurrence]) -> timedelta:
    """Return the longest unbroken span of occurrences, which must be in order."""
    longest = timedelta(0)
    start = end = None
    for each in occurring:
        if start is None or end is None or each.start > end:
            start, end = each.start, each.end
        end = max(end, each.end)
        longest = max(longest, end - start)
    return longest
