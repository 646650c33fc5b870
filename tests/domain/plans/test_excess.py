"""Which monitors are beyond a plan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.plans.excess import Counted, beyond

FOUR = [Counted(number, 100) for number in (3, 1, 4, 2)]


@pytest.mark.parametrize(
    ("most", "checks", "expected"),
    [(4, 400, set()), (2, 400, {3, 4}), (4, 250, {3, 4}), (0, 400, {1, 2, 3, 4})],
    ids=["room", "monitors", "checks", "none"],
)
def test_the_newest_are_beyond(most: int, checks: float, expected: set[int]) -> None:
    assert beyond(FOUR, most=most, most_checks=checks) == expected


@given(
    checks=st.lists(st.integers(0, 50), max_size=12),
    most=st.integers(0, 12),
    most_checks=st.integers(0, 200),
)
def test_what_is_left_fits_and_one_more_would_not(
    checks: list[int], most: int, most_checks: int
) -> None:
    monitors = [Counted(number, each) for number, each in enumerate(checks)]
    gone = beyond(monitors, most=most, most_checks=most_checks)
    left = [each for each in monitors if each.id not in gone]
    assert len(left) <= most
    assert sum(each.checks_per_day for each in left) <= most_checks
    if gone:
        first = monitors[min(gone)]
        assert (
            len(left) == most
            or sum(each.checks_per_day for each in left) + first.checks_per_day > most_checks
        )
