"""Monitors summed up in arrays, beside each of them by the function that reports of one use."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.analytics.report import History, Outage, Reliability, reliability, total
from domain.analytics.uptime import Span, Uptime
from services.analytics.fleet import summing
from services.analytics.fleet.summing import Fleet, Spans
from tests.domain.analytics.test_report import histories, plain_histories, windows

several_histories = st.dictionaries(
    st.integers(1, 2**31 - 1), st.one_of(histories, plain_histories), max_size=6
)


@given(windows, several_histories)
def test_a_summary_is_the_sum_of_each_by_itself(window: Span, several: dict[int, History]) -> None:
    found = summing.summary(window, Fleet.of(several))
    parts = {key: reliability(window, each) for key, each in several.items()}
    down = {key: each for key, each in parts.items() if each.uptime.down}
    assert found.total == total(parts.values())
    assert {key: found.reliability_of(key) for key in found.down.tolist()} == down
    shares = dict(zip(found.down.tolist(), found.availabilities.tolist(), strict=True))
    assert shares == {key: pytest.approx(each.availability) for key, each in down.items()}


def test_as_many_seconds_as_are_allowed_are_summed_up_exactly() -> None:
    length = 400 * 86_400
    count = summing.MOST_SECONDS // length // 1000 * 1000
    owners = np.arange(count) * 1000
    nothing = Spans(*3 * [np.array([], np.int64)])
    watched = Spans(owners, np.zeros_like(owners), np.full_like(owners, length * summing.SECOND))
    down = Spans(owners[-1:], np.array([5]), np.array([summing.SECOND + 5]))
    of_all = Fleet(watched, down, np.array([False]), nothing, nothing)
    found = summing.summary(Span(0, length), of_all)
    assert found.total.uptime == Uptime(up=count * length - 1, down=1, unknown=0)
    assert found.down.tolist() == [owners[-1]]


def test_nothing_is_summed_up_of_no_monitor() -> None:
    found = summing.summary(Span(0, 100), Fleet.of({}))
    assert found.total == Reliability(uptime=Uptime(up=0, down=0, unknown=0))
    assert not found.down.size


def test_parts_of_seconds_count() -> None:
    history = History(monitored=[Span(0, 100)], outages=[Outage(10.25, 20.000001)])
    found = summing.summary(Span(0, 100), Fleet.of({7: history})).total
    assert found.uptime.down == pytest.approx(9.750001, abs=1e-9)
    assert found.mttr == pytest.approx(9.750001, abs=1e-9)
