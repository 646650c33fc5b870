"""Uptime of adjacent windows, such as the days of a calendar: only eventful ones are computed."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from domain.analytics.report import History
from domain.analytics.uptime import Span, Uptime, length, uptime


@dataclass(frozen=True, slots=True)
class Share:
    """The uptime of a window, and the seconds of its `up` in which the monitor was degraded."""

    uptime: Uptime
    degraded: float = 0


class Windows:
    """The windows between sorted bounds in unix seconds."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._spans = [Span(*pair) for pair in pairwise(bounds)]
        self.up = [Share(Uptime(up=length([each]), down=0, unknown=0)) for each in self._spans]
        """The share of each window of a monitor that is up all the time."""

    def shares(self, history: History, *, degraded: Sequence[Span] = ()) -> list[Share]:
        """Return the share of each window of a history.

        They add up to the uptime from the first bound to the last. `degraded` are the times of
        incidents with this severity. A window that is up all the time has its object of `up`.
        """
        outages = self._by_window(Span(each.start, each.end) for each in history.outages)
        unknown = self._by_window(history.unknown)
        maintenance = self._by_window(history.maintenance)
        slow = self._by_window(degraded)
        eventful = outages.keys() | unknown.keys() | maintenance.keys() | slow.keys()
        whole = self._whole(history.monitored)
        found = self.up.copy()
        for i in set(range(len(found))) - (whole - eventful):
            found[i] = _computed(
                self._spans[i],
                history.monitored,
                down=outages[i],
                unknown=unknown[i],
                maintenance=maintenance[i],
                degraded=slow[i],
            )
        return found

    def _whole(self, monitored: Iterable[Span]) -> set[int]:
        """Return the windows that lie in one span of monitored time."""
        found: set[int] = set()
        for span in monitored:
            first = bisect_left(self._bounds, span.start)
            found.update(range(first, bisect_right(self._bounds, span.end) - 1))
        return found

    def _by_window(self, spans: Iterable[Span]) -> defaultdict[int, list[Span]]:
        """Return the spans that touch each window."""
        found: defaultdict[int, list[Span]] = defaultdict(list)
        for span in spans:
            first = max(bisect_right(self._bounds, span.start) - 1, 0)
            for i in range(first, min(bisect_left(self._bounds, span.end), len(self._spans))):
                found[i].append(span)
        return found


def _computed(
    window: Span,
    monitored: Sequence[Span],
    *,
    down: Sequence[Span],
    unknown: Sequence[Span],
    maintenance: Sequence[Span],
    degraded: Sequence[Span],
) -> Share:
    found = uptime(window, monitored=monitored, down=down, unknown=unknown, maintenance=maintenance)
    if not degraded:
        return Share(found)
    # What is degraded and neither maintenance nor unknown nor down: the same split once more.
    slow = uptime(
        window,
        monitored=monitored,
        down=degraded,
        unknown=[*unknown, *down],
        maintenance=maintenance,
    )
    return Share(found, slow.down)
