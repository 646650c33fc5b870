"""When an outage is explained by a parent, and when to wait no longer."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.dependencies import (
    LONGEST_WAIT,
    Child,
    Parent,
    Reason,
    circle,
    confirmed_within,
    hold,
)

T = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


def child(failed_at: float | None = 10) -> Child:
    """Make a child that fails since `T` and was confirmed ten seconds later."""
    last = None if failed_at is None else at(failed_at)
    return Child(started_at=T, confirmed_at=at(10), failed_at=last)


def parent(**values: object) -> Parent:
    usual = {"is_down": False, "fine_at": at(5), "confirmed_within": MINUTE, "recovered_at": None}
    return Parent(**{**usual, **values})  # type: ignore[arg-type]


FINE = parent()
DOWN = parent(is_down=True, fine_at=None)
UNSEEN = parent(fine_at=at(-30))


def test_without_a_parent_or_with_one_that_is_fine_it_is_told() -> None:
    assert hold(child(), [], now=at(10)) is None
    assert hold(child(), [FINE], now=at(10)) is None


def test_while_a_parent_is_down_it_is_not_told() -> None:
    held = hold(child(), [FINE, DOWN], now=at(10))
    assert held is not None
    assert held[0] is Reason.PARENT


def test_a_parent_that_was_not_looked_at_since_is_waited_for() -> None:
    held = hold(child(), [FINE, UNSEEN], now=at(10))
    assert held is not None
    assert held[0] is Reason.PARENT_UNSEEN
    assert held[1] <= at(15)


def test_a_parent_that_nobody_looks_at_is_waited_for_no_longer_than_it_takes_to_confirm() -> None:
    assert hold(child(), [UNSEEN], now=at(69)) == (Reason.PARENT_UNSEEN, at(70))
    assert hold(child(), [UNSEEN], now=at(70)) is None


def test_a_parent_that_takes_for_ever_to_confirm_is_waited_for_five_minutes() -> None:
    slow = parent(fine_at=None, confirmed_within=timedelta(days=1))
    assert hold(child(), [slow], now=at(10) + LONGEST_WAIT - MINUTE) is not None
    assert hold(child(), [slow], now=at(10) + LONGEST_WAIT) is None


def test_after_a_parent_came_back_the_child_is_looked_at_before_it_is_told() -> None:
    back = parent(fine_at=at(100), recovered_at=at(100))
    held = hold(child(failed_at=90), [back], now=at(101))
    assert held is not None
    assert held[0] is Reason.PARENT
    assert hold(child(failed_at=102), [back], now=at(103)) is None


def test_a_child_that_nobody_can_look_at_is_told_when_its_parent_is_back() -> None:
    back = parent(fine_at=at(100), recovered_at=at(100))
    assert hold(child(failed_at=None), [back], now=at(101)) is None


seconds = st.integers(-600, 600)
moments = st.none() | seconds.map(at)
parents = st.builds(
    Parent,
    is_down=st.booleans(),
    fine_at=moments,
    confirmed_within=st.integers(0, 10_000).map(lambda each: timedelta(seconds=each)),
    recovered_at=moments,
)


@given(st.lists(parents, max_size=5), moments, st.integers(0, 10_000))
def test_it_is_held_by_a_parent_that_is_down_and_else_only_for_a_while(
    some: list[Parent], failed_at: datetime | None, elapsed: int
) -> None:
    now = at(10 + elapsed)
    held = hold(Child(started_at=T, confirmed_at=at(10), failed_at=failed_at), some, now=now)
    if any(each.is_down for each in some):
        assert held is not None
        assert held[0] is Reason.PARENT
    if held is not None:
        assert now < held[1] <= now + timedelta(seconds=30)
    if held is not None and not any(each.is_down for each in some):
        assert now < at(600) + 2 * LONGEST_WAIT


@given(st.lists(parents, max_size=5), parents, st.integers(0, 1000))
def test_another_parent_never_makes_it_told_sooner(
    some: list[Parent], one_more: Parent, elapsed: int
) -> None:
    now = at(10 + elapsed)
    assume(hold(child(), some, now=now) is not None)
    assert hold(child(), [*some, one_more], now=now) is not None


def test_the_time_to_confirm_counts_each_look_and_each_wait() -> None:
    wait, timeout = timedelta(seconds=10), timedelta(seconds=4)
    assert confirmed_within([], timeout) == timedelta(seconds=4 + 15)
    assert confirmed_within([wait, wait], timeout) == timedelta(seconds=20 + 12 + 15)


graphs = st.dictionaries(st.integers(0, 8), st.lists(st.integers(0, 8), max_size=3), max_size=9)


@given(graphs, st.integers(0, 8))
def test_a_circle_is_a_way_back_and_is_found_exactly_if_there_is_one(
    graph: dict[int, list[int]], start: int
) -> None:
    way = circle(graph, start)
    assert bool(way) == (start in _reachable(graph, start))
    if way:
        assert way[0] == way[-1] == start
        assert all(parent in graph[each] for each, parent in pairwise(way))


def _reachable(graph: dict[int, list[int]], start: int) -> set[int]:
    found = set(graph.get(start, ()))
    for _ in range(len(graph) + 1):
        found |= {parent for each in found for parent in graph.get(each, ())}
    return found


def test_a_monitor_that_depends_on_itself_is_the_smallest_circle() -> None:
    assert circle({1: [1]}, 1) == [1, 1]


def test_a_long_chain_is_followed_to_its_end() -> None:
    chain = {each: [each + 1] for each in range(50_000)}
    assert circle(chain, 0) == []
    assert len(circle({**chain, 50_000: [0]}, 0)) == 50_002
