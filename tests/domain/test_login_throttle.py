"""How long somebody waits who guesses: longer each time, never for good."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.login_throttle import FORGOTTEN_AFTER, LONGEST, OF_ORIGIN, wait

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOTHING = timedelta(0)
counts = st.integers(0, 2**31 - 1)
ages = st.timedeltas(NOTHING, timedelta(days=3))


def waits(failures: int, age: timedelta = NOTHING) -> timedelta:
    return wait(failures, NOW - age, free=OF_ORIGIN, now=NOW)


def test_the_first_failures_cost_nothing_and_each_further_one_twice_as_much() -> None:
    assert [waits(failures).total_seconds() for failures in range(9)] == [0] * 5 + [1, 2, 4, 8]


@given(counts, ages)
def test_nobody_waits_longer_than_a_quarter_of_an_hour(failures: int, age: timedelta) -> None:
    assert NOTHING <= waits(failures, age) <= LONGEST


@given(counts, ages)
def test_a_wait_ends_by_itself(failures: int, age: timedelta) -> None:
    assert waits(failures, age + LONGEST) == NOTHING


@given(counts, ages)
def test_another_failure_never_makes_it_shorter(failures: int, age: timedelta) -> None:
    assert waits(failures + 1, age) >= waits(failures, age)


@given(counts)
def test_after_a_day_it_is_forgotten(failures: int) -> None:
    assert waits(failures, FORGOTTEN_AFTER) == NOTHING
