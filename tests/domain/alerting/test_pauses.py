"""Whether an outage outlasted a pause is asked until a look says so, and not for ever."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alerting.pauses import LONGEST_WAIT, ask_again_at

T = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
"""When it is watched again."""


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("failed_at", "now", "asked_at"),
    [
        (-600, 0, 5),
        (-1, 100, 105),
        (-1, 297, 300),
        (-1, 300, None),
        (0, 0, None),
        (7, 9, None),
    ],
)
def test_it_is_asked_until_it_failed_since_or_five_minutes_passed(
    failed_at: float, now: float, asked_at: float | None
) -> None:
    expected = None if asked_at is None else at(asked_at)
    assert ask_again_at(T, at(failed_at), at(now)) == expected


def test_at_what_nobody_can_look_nobody_waits() -> None:
    assert ask_again_at(T, None, at(1)) is None


def test_a_run_of_good_looks_is_given_the_time_that_it_takes() -> None:
    within = timedelta(minutes=2)
    assert ask_again_at(T, at(-1), at(400), recovers_within=within) == at(405)
    assert ask_again_at(T, at(-1), at(420), recovers_within=within) is None
    assert ask_again_at(T, at(7), at(9), recovers_within=within) is None


@given(st.integers(-10_000, 10_000), st.integers(0, 10_000))
def test_it_is_asked_again_later_and_never_after_the_longest_wait(failed: int, now: int) -> None:
    again_at = ask_again_at(T, at(failed), at(now))
    if again_at is not None:
        assert at(now) < again_at <= T + LONGEST_WAIT
