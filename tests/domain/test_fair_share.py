"""What is not enough for all goes first to those who need least."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.fair_share import shares, within


@pytest.mark.parametrize(
    ("needs", "room", "given_out"),
    [
        ({}, 10, {}),
        ({"a": 3}, 10, {"a": 3}),
        ({"a": 30}, 10, {"a": 10}),
        ({"a": 30, "b": 2}, 10, {"a": 8, "b": 2}),
        ({"a": 30, "b": 30}, 10, {"a": 5, "b": 5}),
        ({"a": 30, "b": 4, "c": 30}, 10, {"a": 3, "b": 3, "c": 4}),
        ({"a": 1, "b": 1}, 0, {"a": 0, "b": 0}),
        ({"a": 1}, -5, {"a": 0}),
    ],
)
def test_shares_are_what_is_needed_or_an_equal_part(
    needs: dict[str, int], room: int, given_out: dict[str, int]
) -> None:
    found = shares(needs, room)
    assert Counter(found.values()) == Counter(given_out.values())
    assert all(found[owner] == given_out[owner] for owner in needs if needs[owner] < 3)


@given(
    needs=some.dictionaries(some.integers(0, 20), some.integers(1, 50)), room=some.integers(-5, 300)
)
def test_shares_are_max_min_fair(needs: dict[int, int], room: int) -> None:
    found = shares(needs, room)
    assert sum(found.values()) == min(sum(needs.values()), max(0, room))
    assert all(0 <= found[owner] <= need for owner, need in needs.items())
    lacking = [found[owner] for owner, need in needs.items() if found[owner] < need]
    # Nobody who lacks something has much less than anybody else.
    assert not lacking or max(found.values()) <= min(lacking) + 1


def test_the_first_things_of_each_owner_are_chosen_in_their_order() -> None:
    assert within(["a", "a", "b", "a", "a", "b"], 4) == [0, 1, 2, 5]
    assert within(["a"] * 5, 2) == [0, 1]
    assert within([], 2) == []
