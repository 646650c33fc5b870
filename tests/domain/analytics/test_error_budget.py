"""Error budgets: by well-known figures, and forecasts against a simulation second by second."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.analytics.error_budget import (
    Amount,
    ErrorBudget,
    Objective,
    Usage,
    error_budget,
    exhausted_at,
    leaving,
)
from domain.analytics.uptime import Span

DAY = 86_400
THREE_NINES = Objective(99.9)


def test_three_nines_over_thirty_days_allow_43_minutes_and_12_seconds() -> None:
    period = Span(0, 30 * DAY)
    found = error_budget(THREE_NINES, Amount(60, 30 * DAY), period=period, now=30 * DAY)
    assert found.total == pytest.approx(43.2 * 60)
    assert found.left == pytest.approx(42.2 * 60)
    assert found.used_share == pytest.approx(1 / 43.2)


def test_a_period_that_is_not_over_has_the_budget_of_all_of_it() -> None:
    period = Span(0, 30 * DAY)
    found = error_budget(THREE_NINES, Amount(60, 10 * DAY), period=period, now=10 * DAY)
    assert found.total == pytest.approx(43.2 * 60)


def test_where_nothing_was_measured_nothing_is_used_and_no_share_is_known() -> None:
    for now in (0, 10):
        found = error_budget(THREE_NINES, Amount(), period=Span(0, DAY), now=now)
        assert (found.total, found.used, found.used_share) == (0, 0, None)
    assert THREE_NINES.rate(Amount()) == 0


def test_what_is_used_up_is_not_forecast() -> None:
    budget = ErrorBudget(total=10, used=10)
    assert exhausted_at(budget, now=0, horizon=100, rate=1) is None


def test_a_steady_rate_uses_up_a_period_of_the_calendar_when_it_must() -> None:
    budget = ErrorBudget(total=100, used=40)
    assert exhausted_at(budget, now=1000, horizon=2000, rate=0.1) == pytest.approx(1600)
    assert exhausted_at(budget, now=1000, horizon=1500, rate=0.1) is None
    assert exhausted_at(budget, now=1000, horizon=2000, rate=0) is None


@given(
    st.lists(st.integers(0, 20), min_size=5, max_size=5),
    st.integers(0, 40).map(lambda tenths: tenths / 10),
    st.integers(1, 120),
)
def test_the_forecast_of_a_rolling_period_is_that_of_a_simulation(
    history: list[int], rate: float, total: int
) -> None:
    """Days of 100 steps: what is older than five of them no longer counts."""
    day = 100
    used = np.repeat(np.array(history, dtype=float) / day, day)
    budget = ErrorBudget(total=total, used=float(used.sum()))
    usages = [
        Usage(Span(number * day, (number + 1) * day), each) for number, each in enumerate(history)
    ]
    now, length = 5 * day, 5 * day
    found = exhausted_at(
        budget, now=now, horizon=now + length, rate=rate / day, leaves=leaving(usages, length)
    )
    steps = np.concatenate([used, np.full(length, rate / day)])
    sums = np.concatenate([[0], np.cumsum(steps)])
    rolling = sums[now:] - sums[: len(sums) - now]
    over = np.flatnonzero(rolling >= total - 1e-9)
    if budget.left <= 0:
        assert found is None
    elif found is None:
        assert rolling[:-1].max() <= total + 1e-6
    else:
        assert over.size
        assert abs(found - (now + over[0])) <= 1 + 1e-6
