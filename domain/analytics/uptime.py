"""Uptime as time-weighted seconds: the one function behind every figure that users see."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open span of time [start, end) in unix seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """The seconds of a window by state of the monitor; their sum is the monitored time."""

    up: float
    down: float
    unknown: float
    maintenance: float = 0

    @property
    def monitored(self) -> float:
        return self.up + self.down + self.unknown + self.maintenance

    @property
    def percent(self) -> float | None:
        """The percentage of known time that was up, or None if no time is known."""
        known = self.up + self.down
        return 100 * self.up / known if known else None


def uptime(
    window: Span,
    *,
    monitored: Iterable[Span],
    down: Iterable[Span],
    unknown: Iterable[Span],
    maintenance: Iterable[Span] = (),
) -> Uptime:
    """Split the monitored part of the window into up, down, unknown and maintenance.

    Spans may overlap and reach beyond the window. Maintenance takes precedence over everything.
    Unknown takes precedence over an outage: time that nobody saw never counts as up or down.
    """
    return uptime_and_known(
        window, monitored=monitored, down=down, unknown=unknown, maintenance=maintenance
    )[0]


def uptime_and_known(
    window: Span,
    *,
    monitored: Iterable[Span],
    down: Iterable[Span],
    unknown: Iterable[Span],
    maintenance: Iterable[Span] = (),
) -> tuple[Uptime, list[Span]]:
    """Return the uptime, and the time that counts as up or down as sorted, disjoint spans."""
    planned, unseen, seen = _split(
        window, monitored=monitored, unknown=unknown, maintenance=maintenance
    )
    failed = length(intersect(merge(down), seen))
    split = Uptime(
        up=length(seen) - failed,
        down=failed,
        unknown=length(unseen),
        maintenance=length(planned),
    )
    return split, seen


def _split(
    window: Span,
    *,
    monitored: Iterable[Span],
    unknown: Iterable[Span],
    maintenance: Iterable[Span],
) -> tuple[list[Span], list[Span], list[Span]]:
    """Split the monitored time of the window into maintenance, unknown and known."""
    watched = clip(monitored, window)
    planned = intersect(merge(maintenance), watched)
    counted = subtract(watched, planned)
    unseen = intersect(merge(unknown), counted)
    return planned, unseen, subtract(counted, unseen)


def clip(spans: Iterable[Span], window: Span) -> list[Span]:
    """Return the part of the spans inside the window."""
    return intersect(merge(spans), [window])


def merge(spans: Iterable[Span]) -> list[Span]:
    """Return the same time as sorted, disjoint, non-empty spans."""
    found = [span for span in spans if span.start < span.end]
    if len(found) < 2:  # noqa: PLR2004 - most lists have one span or none
        return found
    merged: list[Span] = []
    for span in sorted(found):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def intersect(one: list[Span], other: list[Span]) -> list[Span]:
    """Return the time in both lists; each must be sorted and disjoint."""
    if not one or not other:
        return []
    found = []
    i = j = 0
    while i < len(one) and j < len(other):
        start = max(one[i].start, other[j].start)
        end = min(one[i].end, other[j].end)
        if start < end:
            found.append(Span(start, end))
        if one[i].end < other[j].end:
            i += 1
        else:
            j += 1
    return found


def subtract(one: list[Span], other: list[Span]) -> list[Span]:
    """Return the time in the first list but not in the second; each must be sorted and disjoint."""
    if not one or not other:
        return one
    edges = [float("-inf"), *(edge for span in other for edge in span), float("inf")]
    gaps = [Span(edges[i], edges[i + 1]) for i in range(0, len(edges), 2)]
    return intersect(one, gaps)


def length(spans: Iterable[Span]) -> float:
    """Return the total seconds; time in two spans counts twice."""
    return sum(span.end - span.start for span in spans)
