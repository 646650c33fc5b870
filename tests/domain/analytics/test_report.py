"""Analyses, checked against an independent computation: arrays of one truth per second."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from domain.analytics.report import (
    Apdex,
    History,
    Outage,
    Reliability,
    before,
    change,
    reliability,
    total,
)
from domain.analytics.uptime import Span, Uptime

SECONDS = 400
"""The histories below happen between 0 and this."""

Truth = NDArray[np.bool_]


@st.composite
def spans(draw: st.DrawFn, most: int) -> list[Span]:
    moments = st.integers(0, SECONDS)
    pairs = draw(st.lists(st.tuples(moments, moments), max_size=most))
    return [Span(min(pair), max(pair)) for pair in pairs]


@st.composite
def outages(draw: st.DrawFn) -> list[Outage]:
    """Give outages that do not overlap, as the database sees to; the last may last."""
    edges = sorted(draw(st.lists(st.integers(0, SECONDS), max_size=16, unique=True)))
    found = [Outage(*pair) for pair in zip(edges[::2], edges[1::2], strict=False)]
    lasts: bool = draw(st.booleans())
    if found and lasts:
        found[-1] = Outage(found[-1].start, SECONDS, is_over=False)
    return found


histories = st.builds(
    History, monitored=spans(3), outages=outages(), unknown=spans(4), maintenance=spans(3)
)
windows = (
    st.tuples(st.integers(0, SECONDS), st.integers(0, SECONDS))
    .filter(lambda pair: pair[0] != pair[1])
    .map(lambda pair: Span(min(pair), max(pair)))
)


@dataclass
class Counted:
    """The same history as arrays: what holds in each second."""

    window: Span
    history: History

    def __post_init__(self) -> None:
        inside = _truth([self.window])
        self.monitored = inside & _truth(self.history.monitored)
        self.maintenance = self.monitored & _truth(self.history.maintenance)
        counted = self.monitored & ~self.maintenance
        self.unknown = counted & _truth(self.history.unknown)
        self.known = counted & ~self.unknown
        self.down = self.known & _truth(
            [Span(each.start, each.end) for each in self.history.outages]
        )
        self.lasted = np.array(
            [
                (self.known & _truth([Span(each.start, each.end)])).sum()
                for each in self.history.outages
            ]
        )

    @property
    def failures(self) -> int:
        began = [int(each.start) for each in self.history.outages]
        inside = [self.window.start <= each < self.window.end for each in began]
        return int(np.sum(np.array(inside, dtype=bool) & (self.lasted > 0)))

    @property
    def restorations(self) -> list[float]:
        return [
            each.end - each.start
            for each, lasted in zip(self.history.outages, self.lasted, strict=True)
            if lasted > 0 and each.is_over and each.end <= self.window.end
        ]


def _truth(found: Iterable[tuple[float, float]]) -> Truth:
    seconds = np.arange(SECONDS)
    holds = np.zeros(SECONDS, dtype=np.bool_)
    for start, end in found:
        holds |= (seconds >= start) & (seconds < end)
    return holds


# Of most monitors: watched all the time, without maintenance, with few unknown spans.
plain_histories = st.builds(
    History,
    monitored=st.just([Span(20, SECONDS - 20)]),
    outages=outages(),
    unknown=spans(1),
)


@given(windows, st.one_of(histories, plain_histories))
def test_every_figure_is_what_counting_seconds_gives(window: Span, history: History) -> None:
    found, counted = reliability(window, history), Counted(window, history)
    up = int(counted.known.sum() - counted.down.sum())
    assert found.uptime == Uptime(
        up=up,
        down=int(counted.down.sum()),
        unknown=int(counted.unknown.sum()),
        maintenance=int(counted.maintenance.sum()),
    )
    known = counted.known[counted.known | counted.unknown]
    assert found.coverage == (pytest.approx(np.mean(known)) if known.size else None)
    ups = ~counted.down[counted.known]
    assert found.availability == (pytest.approx(100 * np.mean(ups)) if ups.size else None)
    assert found.incidents == counted.failures
    assert found.longest_outage == max(counted.lasted, default=0)
    times = counted.restorations
    assert found.mttr == (pytest.approx(np.mean(times)) if times else None)
    assert found.mtbf == (pytest.approx(up / counted.failures) if counted.failures else None)


@given(windows, st.integers(1, SECONDS), histories)
def test_periods_that_meet_add_up(window: Span, cut: int, history: History) -> None:
    middle = max(window.start, min(window.end, cut))
    parts = [
        reliability(part, history)
        for part in (Span(window.start, middle), Span(middle, window.end))
    ]
    whole, added = reliability(window, history), total(parts)
    assert added.uptime == whole.uptime
    assert added.longest_outage <= whole.longest_outage


@given(st.lists(histories, max_size=4), windows)
def test_the_total_weighs_each_second_alike(several: list[History], window: Span) -> None:
    parts = [reliability(window, each) for each in several]
    added, counted = total(parts), [Counted(window, each) for each in several]
    assert added.incidents == sum(each.failures for each in counted)
    known = np.concatenate([each.down[each.known] for each in counted] or [_truth([])[:0]])
    assert added.availability == (pytest.approx(100 * (1 - np.mean(known))) if known.size else None)
    times = [time for each in counted for time in each.restorations]
    assert added.mttr == (pytest.approx(np.mean(times)) if times else None)


@given(st.lists(st.tuples(st.integers(0, 5000), st.booleans()), max_size=50), st.integers(1, 1000))
def test_apdex_is_the_mean_satisfaction(checks: list[tuple[int, bool]], threshold: int) -> None:
    took = np.array([milliseconds for milliseconds, _ in checks])
    passed = np.array([is_up for _, is_up in checks], dtype=bool)
    worth = np.where(took <= threshold, 1.0, np.where(took <= 4 * threshold, 0.5, 0.0)) * passed
    found = Apdex(
        threshold_ms=threshold,
        satisfied=int(np.sum(worth == 1)),
        tolerating=int(np.sum(worth == 0.5)),
        frustrated=int(np.sum(worth == 0)),
    )
    assert found.score == (pytest.approx(np.mean(worth)) if checks else None)


def test_an_outage_in_maintenance_or_that_nobody_saw_is_none() -> None:
    history = History(
        monitored=[Span(0, 100)],
        outages=[Outage(10, 20), Outage(40, 50)],
        unknown=[Span(35, 60)],
        maintenance=[Span(5, 25)],
    )
    found = reliability(Span(0, 100), history)
    assert (found.incidents, found.mttr, found.mtbf, found.longest_outage) == (0, None, None, 0)
    assert found.availability == 100


def test_an_outage_across_the_window_counts_as_downtime_and_as_none_of_its_events() -> None:
    history = History(monitored=[Span(0, 100)], outages=[Outage(10, 90)])
    found = reliability(Span(20, 80), history)
    assert (found.uptime.down, found.longest_outage) == (60, 60)
    assert (found.incidents, found.mttr, found.mtbf) == (0, None, None)


def test_time_to_restoration_is_the_whole_time_also_before_the_window() -> None:
    history = History(monitored=[Span(0, 100)], outages=[Outage(10, 30), Outage(50, 55)])
    assert reliability(Span(20, 100), history).mttr == 12.5


def test_an_outage_that_lasts_is_not_restored() -> None:
    history = History(monitored=[Span(0, 100)], outages=[Outage(90, 100, is_over=False)])
    found = reliability(Span(0, 100), history)
    assert (found.incidents, found.mttr, found.mtbf) == (1, None, 90)


def test_nothing_known_is_nothing_said() -> None:
    found = reliability(Span(0, 100), History())
    assert (found.availability, found.coverage, found.mttr, found.mtbf) == (None,) * 4
    assert total([]) == Reliability(uptime=Uptime(up=0, down=0, unknown=0))


def test_the_period_before_is_as_long() -> None:
    assert before(Span(100, 130)) == Span(70, 100)


def test_a_change_needs_both_figures() -> None:
    assert (change(3, 5), change(None, 5), change(3, None)) == (-2, None, None)
