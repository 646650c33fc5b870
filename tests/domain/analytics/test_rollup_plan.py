"""A period is counted from roll-ups where there are any, and no second of it twice or never."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.analytics.rollup import DAY, HOUR, HOURS_KEPT, kept_from, month_of, next_month
from domain.analytics.rollup_plan import plan

T = 20_000 * DAY
moments = st.integers(T - 150 * DAY, T + DAY)


@given(moments, moments, moments.map(lambda moment: moment // HOUR * HOUR))
def test_the_parts_are_the_whole_period_and_none_is_counted_twice(
    one: int, other: int, until: int
) -> None:
    low, high = sorted((one, other))
    found = plan(low, high, until=until)
    if found is None:
        # Not even one hour is rolled up.
        assert not any(
            low <= begin <= min(high, until) - HOUR
            for begin in range(low // HOUR * HOUR, min(high, until), HOUR)
        )
        return
    parts = sorted([*found.months, *found.days, *found.hours, *found.checks])
    assert all(part.low < part.high for part in parts)
    assert (parts[0].low, parts[-1].high) == (low, high)
    assert all(part.high == following.low for part, following in pairwise(parts))
    for step, rolled_up in ((DAY, found.days), (HOUR, found.hours)):
        assert all(not part.low % step and not part.high % step for part in rolled_up)
        assert all(part.high <= until for part in rolled_up)
    assert all(part.low >= kept_from(until) for part in found.hours)
    for part in found.months:
        assert (month_of(part.low), month_of(part.high)) == part
        assert part.high <= until
    # No whole month is counted from its days.
    assert all(next_month(part.low - 1) >= month_of(part.high) for part in found.days)


def test_a_long_period_takes_days_and_at_its_ends_hours_and_checks() -> None:
    found = plan(T + 100, T + 3 * DAY + 2 * HOUR + 7, until=T + 5 * DAY)
    assert found is not None
    assert found.days == [(T + DAY, T + 3 * DAY)]
    assert found.hours == [(T + HOUR, T + DAY), (T + 3 * DAY, T + 3 * DAY + 2 * HOUR)]
    assert found.checks == [
        (T + 100, T + HOUR),
        (T + 3 * DAY + 2 * HOUR, T + 3 * DAY + 2 * HOUR + 7),
    ]


def test_what_is_not_rolled_up_yet_is_counted_from_checks() -> None:
    found = plan(T, T + 5 * HOUR, until=T + 3 * HOUR)
    assert found is not None
    assert (found.hours, found.checks) == ([(T, T + 3 * HOUR)], [(T + 3 * HOUR, T + 5 * HOUR)])
    assert plan(T + 1, T + 2 * HOUR, until=T + 3 * HOUR) is not None
    assert plan(T + 1, T + 2 * HOUR - 1, until=T + 3 * HOUR) is None


def test_hours_that_are_gone_are_looked_for_among_the_checks() -> None:
    found = plan(T + 5, T + 2 * DAY, until=T + (HOURS_KEPT + 5) * DAY)
    assert found is not None
    assert (found.days, found.hours) == ([(T + DAY, T + 2 * DAY)], [])
    assert found.checks == [(T + 5, T + HOUR), (T + HOUR, T + DAY)]
