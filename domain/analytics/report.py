"""What a history amounts to: reliability, responsiveness, and how both changed.

Each formula, with where it comes from, is in docs/guide/analytics.md.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from domain.analytics.uptime import Span, Uptime, known, uptime

TOLERABLE = 4
"""Users bear up to so many times the threshold of Apdex."""


class Outage(NamedTuple):
    """From the first failing check to the recovery, or to now while it is not over; unix seconds."""

    start: float
    end: float
    is_over: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What happened to one monitor; all may overlap and reach beyond the window that is asked for."""

    monitored: Sequence[Span] = ()
    outages: Sequence[Outage] = ()
    unknown: Sequence[Span] = ()
    maintenance: Sequence[Span] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """How reliable it was, in seconds and counts that may be added up over monitors.

    `incidents` are the outages that began in the window; `restored` those that ended in it, which
    lasted `restoring` together.
    """

    uptime: Uptime
    incidents: int = 0
    restored: int = 0
    restoring: float = 0
    longest_outage: float = 0

    @property
    def availability(self) -> float | None:
        """Percent, 0 to 100."""
        return self.uptime.percent

    @property
    def mttr(self) -> float | None:
        """Mean time to restoration; nothing if nothing was restored."""
        return self.restoring / self.restored if self.restored else None

    @property
    def mtbf(self) -> float | None:
        """Mean operating time between failures; nothing if nothing failed."""
        return self.uptime.up / self.incidents if self.incidents else None

    @property
    def coverage(self) -> float | None:
        """Share of the monitored time outside of maintenance of which something is known, 0 to 1."""
        seen = self.uptime.up + self.uptime.down
        asked = seen + self.uptime.unknown
        return seen / asked if asked else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Apdex:
    """Checks by how long they took: up to the threshold, up to four times of it, longer or failed."""

    threshold_ms: int
    satisfied: int
    tolerating: int
    frustrated: int

    @property
    def score(self) -> float | None:
        """From 0 (all frustrated) to 1 (all satisfied); nothing without a check."""
        total = self.satisfied + self.tolerating + self.frustrated
        return (self.satisfied + self.tolerating / 2) / total if total else None


def reliability(window: Span, history: History) -> Reliability:
    """Sum up what happened in the window. An outage of which nothing counts as down is none."""
    unaccounted = {
        "monitored": history.monitored,
        "unknown": history.unknown,
        "maintenance": history.maintenance,
    }
    split = uptime(
        window, down=[Span(each.start, each.end) for each in history.outages], **unaccounted
    )
    lasted = _measure(known(window, **unaccounted))
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
    """Add up several monitors: each second of each counts the same."""
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
    """Return by how much a figure grew; nothing if one of both is not known."""
    return None if now is None or then is None else now - then


def _measure(seen: Sequence[Span]) -> Callable[[Outage], float]:
    """Tell how much of an outage lies within sorted, disjoint spans, in logarithmic time."""
    starts = [span.start for span in seen]
    sums = list(accumulate((span.end - span.start for span in seen), initial=0.0))

    def until(moment: float) -> float:
        index = bisect_right(starts, moment)
        if not index:
            return 0
        return sums[index - 1] + min(moment, seen[index - 1].end) - starts[index - 1]

    return lambda outage: until(outage.end) - until(outage.start)
