"""When downtime is used up too fast: by the figures of the book, and by how they must behave."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.analytics import burn_rate
from domain.analytics.burn_rate import LOOKED_BACK, RULES, Measure, Rule, rates
from domain.analytics.error_budget import Amount, Objective

TARGET = Objective(99.9)
HOUR, DAY = 3600, 86_400


def burning(target: Objective, measure: Measure) -> Rule | None:
    found = burn_rate.burning(rates(target, measure))
    return None if found is None else found.rule


def is_calm(target: Objective, measure: Measure) -> bool:
    return burn_rate.is_calm(rates(target, measure))


def outages(*spans: tuple[float, float]) -> Measure:
    """Return how much was down, for outages given by how many seconds ago they began and ended."""
    return lambda window: Amount(
        sum(max(0.0, min(began, window) - min(ended, window)) for began, ended in spans), window
    )


@pytest.mark.parametrize(("rule", "share"), [(RULES[0], 0.02), (RULES[1], 0.05), (RULES[2], 0.10)])
def test_over_thirty_days_each_rule_stands_for_the_share_of_the_budget_that_the_book_names(
    rule: object, share: float
) -> None:
    assert rule.factor * rule.long / (30 * DAY) == pytest.approx(share)  # type: ignore[attr-defined] # a rule
    assert rule.short * 12 == rule.long  # type: ignore[attr-defined] # see above


def test_the_budget_of_the_whole_period_is_a_rate_of_one() -> None:
    assert TARGET.rate(Amount(43.2 * 60, 30 * DAY)) == pytest.approx(1)


def test_an_outage_of_a_minute_that_goes_on_burns_at_the_fastest_rate() -> None:
    assert burning(TARGET, outages((60, 0))) is RULES[0]


def test_some_seconds_are_no_episode() -> None:
    assert burning(TARGET, outages((40, 0))) is None


def test_what_is_over_for_a_while_is_no_fast_burn_any_more() -> None:
    assert burning(TARGET, outages((15 * 60, 10 * 60))) is RULES[1]
    assert burning(TARGET, outages((2 * HOUR, 2 * HOUR - 300))) is RULES[2]
    assert burning(TARGET, outages((12 * HOUR, 12 * HOUR - 600))) is None


def test_an_episode_is_over_when_every_rule_is_well_below_its_factor() -> None:
    assert not is_calm(TARGET, outages((2 * HOUR, 2 * HOUR - 300)))
    assert is_calm(TARGET, outages((12 * HOUR, 12 * HOUR - 600)))
    assert is_calm(TARGET, outages())


def test_a_target_that_allows_much_is_never_burnt_at_a_rate_that_time_does_not_allow() -> None:
    assert burning(Objective(90), outages((LOOKED_BACK, 0))) is RULES[1]


@pytest.mark.parametrize(
    ("share", "burns", "calms"),
    [(0.5, True, False), (0.49, False, False), (0.25, False, False), (0.24, False, True)],
)
def test_an_episode_begins_at_the_factor_and_lasts_down_to_half_of_it(
    share: float, *, burns: bool, calms: bool
) -> None:
    """Half of the time may be down, so that a steady share is a rate that no rounding touches."""
    target = Objective(50)
    assert (burning(target, lambda window: Amount(share * window, window)) is RULES[2]) is burns
    assert is_calm(target, lambda window: Amount(share * window, window)) is calms


SPANS = st.lists(
    st.tuples(st.integers(0, LOOKED_BACK), st.integers(0, 6 * HOUR)).map(
        lambda pair: (float(pair[0] + pair[1]), float(pair[0]))
    ),
    max_size=5,
)
TARGETS = st.builds(Objective, st.floats(50, 99.999))


@given(TARGETS, SPANS)
def test_what_burns_is_not_calm(target: Objective, spans: list[tuple[float, float]]) -> None:
    if burning(target, outages(*spans)):
        assert not is_calm(target, outages(*spans))


@given(SPANS, st.floats(50, 99.999), st.floats(50, 99.999))
def test_a_stricter_target_burns_at_least_as_fast(
    spans: list[tuple[float, float]], one: float, other: float
) -> None:
    lax, strict = (burning(Objective(percent), outages(*spans)) for percent in sorted((one, other)))
    if lax:
        assert strict is not None
        assert strict.factor >= lax.factor
