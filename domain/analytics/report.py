"""Reliability, responsiveness and their change, computed from a history.

docs/guide/analytics.md has each formula and its source.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from domain.analytics.uptime import Span, Uptime, uptime_and_known

TOLERABLE = 4
"""Users tolerate up to this multiple of the Apdex threshold."""


class Outage(NamedTuple):
    """An outage from its first failing check to the recovery, in unix seconds.

    While it is open, `end` is now.
    """

    start: float
    end: float
    is_over: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The history of one monitor; spans may overlap and reach beyond the requested window."""

    monitored: Sequence[Span] = ()
    outages: Sequence[Outage] = ()
    unknown: Sequence[Span] = ()
    maintenance: Sequence[Span] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Reliability in seconds and counts, which may be added up over monitors.

    `incidents` counts the outages that began in the window. `restored` counts those that ended in
    it, and `restoring` is their total duration.
    """

    uptime: Uptime
    incidents: int = 0
    restored: int = 0
    restoring: float = 0
    longest_outage: float = 0

    @property
    def availability(self) -> float | None:
        """The availability in percent, from 0 to 100."""
        return self.uptime.percent

    @property
    def mttr(self) -> float | None:
        """The mean time to restoration, or None if nothing was restored."""
        return self.restoring / self.restored if self.restored else None

    @property
    def mtbf(self) -> float | None:
        """The mean operating time between failures, or None without a failure."""
        return self.uptime.up / self.incidents if self.incidents else None

    @property
    def coverage(self) -> float | None:
        """The known share, 0 to 1, of the monitored time outside of maintenance."""
        seen = self.uptime.up + self.uptime.down
        asked = seen + self.uptime.unknown
        return seen / asked if asked else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Apdex:
    """The number of checks by duration and outcome.

    `satisfied` checks took at most the threshold, `tolerating` ones up to four times as long. The
    `frustrated` ones took longer or failed.
    """

    threshold_ms: int
    satisfied: int
    tolerating: int
    frustrated: int

    @property
    def score(self) -> float | None:
        """The score from 0 (all frustrated) to 1 (all satisfied), or None without a check."""
        total = self.satisfied + self.tolerating + self.frustrated
        return (self.satisfied + self.tolerating / 2) / total if total else None


def reliability(window: Span, history: History) -> Reliability:
    """Sum up the window. An outage without any time that counts as down is ignored."""
    split, known = uptime_and_known(
        window,
        monitored=history.monitored,
        down=[Span(each.start, each.end) for each in history.outages],
        unknown=history.unknown,
        maintenance=history.maintenance,
    )
    lasted = _measure(known)
    counted = [(each, down) for each in history.outages if (down := lasted(each)) > 0]
    restored = [each for each, _ in counted if each.is_over and each.end <= window.end]
    return Reliability(
        uptime=split,
        incidents=sum(window.start <= each.start for each, _ in counted),
        restored=len(restored),
        restoring=sum(each.end - each.start for each in restored),
        longest_outage=max((down for _, down in counted), default=0),
    )


def total(parts: Iterable[Reliability]) -> Reliability:
    """Add up several monitors; each second of each counts the same."""
    parts = list(parts)
    return Reliability(
        uptime=Uptime(
            up=sum(each.uptime.up for each in parts),
            down=sum(each.uptime.down for each in parts),
            unknown=sum(each.uptime.unknown for each in parts),
            maintenance=sum(each.uptime.maintenance for each in parts),
        ),
        incidents=sum(each.incidents for each in parts),
        restored=sum(each.restored for each in parts),
        restoring=sum(each.restoring for each in parts),
        longest_outage=max((each.longest_outage for each in parts), default=0),
    )


def before(window: Span) -> Span:
    """Return the period of the same length that ends where this one begins."""
    return Span(window.start - (window.end - window.start), window.start)


def change(now: float | None, then: float | None) -> float | None:
    """Return the growth of a figure, or None if either value is unknown."""
    return None if now is None or then is None else now - then


def _measure(seen: Sequence[Span]) -> Callable[[Outage], float]:
    """Return a function that measures the part of an outage within sorted, disjoint spans.

    Each call takes logarithmic time.
    """
    starts = [span.start for span in seen]
    sums = list(accumulate((span.end - span.start for span in seen), initial=0.0))

    def until(moment: float) -> float:
        index = bisect_right(starts, moment)
        if not index:
            return 0
        return sums[index - 1] + min(moment, seen[index - 1].end) - starts[index - 1]

    return lambda outage: until(outage.end) - until(outage.start)
