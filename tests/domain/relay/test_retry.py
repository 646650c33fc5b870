"""Retries: soon at first, ever slower, spread out, and at an end within a day."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.relay.retry import FIRST_DELAY, GIVE_UP_AFTER, JITTER, LONGEST_DELAY, next_attempt

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
chances = st.floats(0, 1, exclude_max=True)


def delay(attempt: int, *, chance: float = 0.5, retry_after: float = 0) -> float:
    due = next_attempt(attempt=attempt, since=NOW, now=NOW, chance=chance, retry_after=retry_after)
    assert due is not None
    return (due - NOW).total_seconds()


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [(1, 5), (2, 10), (3, 20), (4, 40), (8, 640), (9, 900), (10, 900), (30_000, 900)],
)
def test_the_delay_doubles_up_to_a_quarter_of_an_hour(attempt: int, seconds: float) -> None:
    assert delay(attempt) == seconds


@given(st.integers(1, 100), chances)
def test_invariant_4_chance_spreads_the_delay_by_a_fifth(attempt: int, chance: float) -> None:
    plain = min(FIRST_DELAY * 2 ** (attempt - 1), LONGEST_DELAY)
    # Times are kept to the microsecond.
    assert abs(delay(attempt, chance=chance) - plain) <= JITTER * plain + 1e-6


def test_different_chances_give_different_delays() -> None:
    assert delay(5, chance=0) < delay(5, chance=0.5) < delay(5, chance=0.99)


@given(st.integers(1, 20), chances, st.floats(0, 80_000))
def test_a_provider_that_asks_for_a_longer_wait_gets_it(
    attempt: int, chance: float, retry_after: float
) -> None:
    assert delay(attempt, chance=chance, retry_after=retry_after) >= retry_after - 1e-6


def test_a_provider_that_asks_for_a_shorter_wait_does_not_get_it() -> None:
    assert delay(9, retry_after=1) == 900


@given(st.floats(86_400, 1e300) | st.just(float("inf")))
def test_an_absurd_wait_ends_the_attempts_instead_of_an_error(retry_after: float) -> None:
    assert next_attempt(attempt=1, since=NOW, now=NOW, chance=0, retry_after=retry_after) is None


@given(st.randoms(use_true_random=False))
def test_invariant_4_attempts_end_within_a_day_and_not_soon(random: Random) -> None:
    now, attempt = NOW, 1
    while due := next_attempt(attempt=attempt, since=NOW, now=now, chance=random.random()):
        assert now < due < NOW + GIVE_UP_AFTER
        # Sending itself takes a while.
        now = due + timedelta(seconds=30 * random.random())
        attempt += 1
    assert 75 < attempt < 200
    assert now > NOW + GIVE_UP_AFTER - timedelta(seconds=LONGEST_DELAY * (1 + JITTER) + 31)


def test_a_delivery_older_than_a_day_is_given_up() -> None:
    assert next_attempt(attempt=1, since=NOW, now=NOW + GIVE_UP_AFTER, chance=0) is None
