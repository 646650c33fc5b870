"""Flapping: it begins with one change too many, and ends only when there are half as many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evaluation.flapping import is_flapping

counts = st.integers(0, 100)


@pytest.mark.parametrize(
    ("changes", "most", "was", "expected"),
    [
        (3, 3, False, False),
        (4, 3, False, True),
        # Of three, half is one.
        (2, 3, True, True),
        (1, 3, True, False),
        (5, 10, True, False),
        (6, 10, True, True),
        # Where a second change is too many, it is over when the window has none.
        (2, 1, False, True),
        (1, 1, True, True),
        (0, 1, True, False),
    ],
)
def test_where_it_begins_and_ends(changes: int, most: int, was: bool, expected: bool) -> None:  # noqa: FBT001
    assert is_flapping(changes, most, was=was) is expected


@given(counts, st.booleans())
def test_without_a_limit_nothing_ever_flaps(changes: int, was: bool) -> None:  # noqa: FBT001
    assert not is_flapping(changes, None, was=was)


@given(counts, counts)
def test_what_begins_does_not_end_by_the_same_count(changes: int, most: int) -> None:
    if is_flapping(changes, most, was=False):
        assert is_flapping(changes, most, was=True)


@given(counts)
def test_what_has_no_changes_is_stable(most: int) -> None:
    assert not is_flapping(0, most, was=True)
