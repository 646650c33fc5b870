"""Maintenance windows: which moments their local times are, and how long they go on without a break."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=90)
"""A monitor that is in maintenance for longer is not being watched: pause it instead."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """[start, end) in UTC."""

    start: datetime
    end: datetime


def instant(local: datetime, zone: tzinfo) -> datetime:
    """Return the moment, in UTC, at which a clock on the wall shows this time.

    As RFC 5545, 3.3.5: of a time that the clocks repeat it is the first, and one that they skip is
    meant by the clock of before, so 02:30 is what then shows as 03:30.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def occurrences(
    local_starts: Iterable[datetime], zone: tzinfo, duration: timedelta
) -> Iterator[Occurrence]:
    """Yield what begins at these local times and lasts for so many seconds, whatever clocks do.

    Two local times that are the same moment, since one of them was skipped, are one occurrence.
    """
    last = None
    for local in local_starts:
        start = instant(local, zone)
        if last is None or start > last:
            yield Occurrence(start, start + duration)
            last = start


def longest_span(occurring: Iterable[Occurrence]) -> timedelta:
    """Return the longest time without a break; the occurrences are in order."""
    longest = timedelta(0)
    start = end = None
    for each in occurring:
        if start is None or end is None or each.start > end:
            start, end = each.start, each.end
        end = max(end, each.end)
        longest = max(longest, end - start)
    return longest
