"""The reliability of thousands of monitors at once: `report.reliability` of each, in arrays.

A property test proves that both agree. Times are whole microseconds, so all sums are exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.analytics.report import History, Outage, Reliability
from domain.analytics.uptime import Span, Uptime

SECOND = 1_000_000
MOST_SECONDS = 2**62 // SECOND
"""The most seconds of a window, times the number of monitors, that can be summed up."""

Numbers: TypeAlias = NDArray[np.int64]
_KINDS = range(4)
_MONITORED, _MAINTENANCE, _UNKNOWN, _DOWN = _KINDS


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans of many monitors: the key of each one's monitor, its start and its end in µs."""

    owners: Numbers
    starts: Numbers
    ends: Numbers

    @classmethod
    def of(cls, spans: Mapping[int, Sequence[Span | Outage]]) -> "Spans":
        """Return the spans of monitors by key, in unix seconds."""
        found = [(key, *each[:2]) for key, of_key in spans.items() for each in of_key]
        table = np.array(found, float).reshape(-1, 3)
        owners, starts, ends = table.T
        return cls(owners.astype(np.int64), _microseconds(starts), _microseconds(ends))

    def within(self, low: int, high: int) -> NDArray[np.bool_]:
        """Return which of them have any time in [low, high)."""
        return (np.maximum(self.starts, low) < np.minimum(self.ends, high)).astype(np.bool_)

    def __add__(self, other: "Spans") -> "Spans":
        return Spans(
            np.concatenate([self.owners, other.owners]),
            np.concatenate([self.starts, other.starts]),
            np.concatenate([self.ends, other.ends]),
        )

    def __getitem__(self, chosen: NDArray[np.bool_]) -> "Spans":
        return Spans(self.owners[chosen], self.starts[chosen], self.ends[chosen])


@dataclass(frozen=True, slots=True)
class Fleet:
    """The histories of monitors; spans may overlap and reach beyond the requested window.

    `lasting` says which outages are not over.
    """

    monitored: Spans
    outages: Spans
    lasting: NDArray[np.bool_]
    unknown: Spans
    maintenance: Spans

    @classmethod
    def of(cls, histories: Mapping[int, History]) -> "Fleet":
        each = histories.items()
        return cls(
            monitored=Spans.of({key: history.monitored for key, history in each}),
            outages=Spans.of({key: history.outages for key, history in each}),
            lasting=np.array(
                [not one.is_over for _, history in each for one in history.outages], np.bool_
            ),
            unknown=Spans.of({key: history.unknown for key, history in each}),
            maintenance=Spans.of({key: history.maintenance for key, history in each}),
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """All monitors together, and those that were down: their keys and availabilities."""

    total: Reliability
    down: Numbers
    availabilities: NDArray[np.float64]
    fleet: Fleet
    window: Span

    def reliability_of(self, key: int) -> Reliability:
        """Return what one of the monitors contributes to the total."""
        return _summed(self.window, self.fleet, only=key)[0]


def summary(window: Span, fleet: Fleet) -> Summary:
    """Sum up the window of several monitors; each second of each counts the same."""
    total, owners, up, down = _summed(window, fleet)
    were_down = down > 0
    shares = 100 * up[were_down] / (up + down)[were_down]
    return Summary(total, owners[were_down], shares, fleet, window)


def _summed(
    window: Span, fleet: Fleet, *, only: int | None = None
) -> tuple[Reliability, Numbers, Numbers, Numbers]:
    """Return the total, and the keys of the monitors with the µs in which each was up and down."""
    low, high = (int(each) for each in _microseconds(np.array(window)))
    kinds = [fleet.monitored, fleet.maintenance, fleet.unknown, fleet.outages]
    chosen = [each.within(low, high) & _is(each, only) for each in kinds]
    spans = [each[some] for each, some in zip(kinds, chosen, strict=True)]
    outages, is_over = spans[_DOWN], ~fleet.lasting[chosen[_DOWN]]
    swept = _Sweep(spans, low, high)
    lasted = swept.known_during(_DOWN)
    counts = lasted > 0
    restored = counts & is_over & (outages.ends <= high)
    seconds = [int(swept.took[state].sum()) / SECOND for state in swept.states]
    total = Reliability(
        uptime=Uptime(
            **dict(zip(("maintenance", "unknown", "down", "up"), seconds, strict=True)),
        ),
        incidents=int((counts & (outages.starts >= low)).sum()),
        restored=int(restored.sum()),
        restoring=int((outages.ends - outages.starts)[restored].sum()) / SECOND,
        longest_outage=int(lasted.max(initial=0)) / SECOND,
    )
    _, _, down, up = swept.states
    return total, swept.keys, swept.by_monitor(up), swept.by_monitor(down)


class _Sweep:
    """All edges in the order of their monitors and times, and what holds after each of them."""

    def __init__(self, spans: Sequence[Spans], low: int, high: int) -> None:
        self._sizes = [len(each.owners) for each in spans]
        starts = np.concatenate([each.starts for each in spans]).clip(low, high)
        ends = np.concatenate([each.ends for each in spans]).clip(low, high)
        owners = np.concatenate([each.owners for each in spans])
        self.keys, places = np.unique(owners, return_inverse=True)
        moments = np.concatenate([starts, ends]) - low
        # By monitor, then by time: one number of both is sorted in an eighth of the time.
        order = np.argsort(np.concatenate([places, places]) * (high - low + 1) + moments)
        self._owner = np.concatenate([places, places])[order]
        # After its last edge nothing holds of a monitor, so the time to the next one's is nothing's.
        self.took = np.diff(moments[order], append=0)
        kind = np.repeat(np.array([*_KINDS], np.int8), self._sizes)
        kind, step = np.concatenate([kind, kind])[order], np.repeat([1, -1], len(starts))[order]
        holds = [np.cumsum(np.where(kind == each, step, 0)) > 0 for each in _KINDS]
        self.states = _states(*holds)
        self._rank = np.empty(len(order), np.int64)
        self._rank[order] = np.arange(len(order))

    def known_during(self, kind: int) -> Numbers:
        """Return the µs up or down during each span of a kind."""
        _, _, down, up = self.states
        known: Numbers = np.concatenate([[0], np.cumsum(np.where(down | up, self.took, 0))])
        first = sum(self._sizes[:kind])
        begin = self._rank[first : first + self._sizes[kind]]
        half = len(self._rank) // 2
        end = self._rank[half + first : half + first + self._sizes[kind]]
        lasted: Numbers = known[end] - known[begin]
        return lasted

    def by_monitor(self, state: NDArray[np.bool_]) -> Numbers:
        """Return the µs of each monitor in this state; those of one are exact in a float."""
        took = np.where(state, self.took, 0)
        found: Numbers = np.bincount(self._owner, took, len(self.keys)).astype(np.int64)
        return found


def _states(
    monitored: NDArray[np.bool_],
    planned: NDArray[np.bool_],
    unseen: NDArray[np.bool_],
    failed: NDArray[np.bool_],
) -> tuple[NDArray[np.bool_], ...]:
    """Return what is maintenance, unknown, down and up: the precedence of `uptime`."""
    seen = monitored & ~planned & ~unseen
    return (monitored & planned, monitored & ~planned & unseen, seen & failed, seen & ~failed)


def _is(spans: Spans, key: int | None) -> NDArray[np.bool_]:
    return np.ones(len(spans.owners), np.bool_) if key is None else spans.owners == key


def _microseconds(seconds: NDArray[np.float64]) -> Numbers:
    return np.rint(seconds * SECOND).astype(np.int64)
