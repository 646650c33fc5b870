"""Days computed at once are those computed one by one, and add up to the whole."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.analytics.days import Share, Windows
from domain.analytics.report import History, Outage
from domain.analytics.uptime import Span, Uptime, uptime

seconds = st.integers(-10, 130)
spans = st.lists(st.builds(Span, seconds, seconds), max_size=4)
outages = st.lists(st.builds(Outage, seconds, seconds), max_size=4)
histories = st.builds(History, monitored=spans, outages=outages, unknown=spans, maintenance=spans)
bounds = st.lists(st.integers(0, 120), min_size=2, max_size=12).map(sorted)


def split(window: Span, history: History) -> Uptime:
    return uptime(
        window,
        monitored=history.monitored,
        down=[Span(each.start, each.end) for each in history.outages],
        unknown=history.unknown,
        maintenance=history.maintenance,
    )


def added(parts: list[Uptime]) -> Uptime:
    return Uptime(
        up=sum(each.up for each in parts),
        down=sum(each.down for each in parts),
        unknown=sum(each.unknown for each in parts),
        maintenance=sum(each.maintenance for each in parts),
    )


@given(bounds, histories)
def test_invariant_5_each_window_is_what_the_one_function_says(
    edges: list[int], history: History
) -> None:
    found = [each.uptime for each in Windows(edges).shares(history)]
    assert found == [split(Span(*pair), history) for pair in pairwise(edges)]
    assert added(found) == split(Span(edges[0], edges[-1]), history)


@given(bounds, histories, spans)
def test_degraded_is_the_part_of_up_in_such_an_incident(
    edges: list[int], history: History, slow: list[Span]
) -> None:
    def holds(second: int, parts: list[Span]) -> bool:
        return any(each.start <= second < each.end for each in parts)

    down = [Span(each.start, each.end) for each in history.outages]
    not_up = [*down, *history.unknown, *history.maintenance]
    expected = [
        sum(
            holds(second, slow)
            and holds(second, list(history.monitored))
            and not holds(second, not_up)
            for second in range(start, end)
        )
        for start, end in pairwise(edges)
    ]
    found = Windows(edges).shares(history, degraded=slow)
    assert [each.degraded for each in found] == expected
    assert [each.uptime for each in found] == [
        each.uptime for each in Windows(edges).shares(history)
    ]


def test_a_day_before_the_monitor_has_no_second() -> None:
    windows = Windows([0, 10, 20, 30])
    (before, half, whole) = windows.shares(History(monitored=[Span(15, 100)]))
    assert before.uptime.monitored == 0
    assert before.uptime.percent is None
    assert half == Share(Uptime(up=5, down=0, unknown=0))
    assert whole == Share(Uptime(up=10, down=0, unknown=0))
