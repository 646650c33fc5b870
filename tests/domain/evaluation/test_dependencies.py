"""When an outage is explained by a parent, and when to wait no longer."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.evaluation.dependencies import (
    LONGEST_WAIT,
    Child,
    Parent,
    Reason,
    circle,
    confirmed_within,
    inhibit,
    last_failure,
)
from domain.evaluation.state import State, Status

T = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


def child(failed_at: float | None = 10) -> Child:
    """Make a child that fails since `T` and was confirmed ten seconds later."""
    last = None if failed_at is None else at(failed_at)
    return Child(started_at=T, waits_since=at(10), failed_at=last)


def parent(**values: object) -> Parent:
    usual = {"is_down": False, "fine_at": at(5), "confirmed_within": MINUTE, "recovered_at": None}
    return Parent(**{**usual, **values})  # type: ignore[arg-type]


FINE = parent()
DOWN = parent(is_down=True, fine_at=None)
UNSEEN = parent(fine_at=at(-30))


def test_without_a_parent_or_with_one_that_is_fine_it_is_told() -> None:
    assert inhibit(child(), [], now=at(10)) is None
    assert inhibit(child(), [FINE], now=at(10)) is None


def test_while_a_parent_is_down_it_is_not_told() -> None:
    held = inhibit(child(), [FINE, DOWN], now=at(10))
    assert held is not None
    assert held[0] is Reason.PARENT


def test_a_parent_that_was_not_looked_at_since_is_waited_for() -> None:
    held = inhibit(child(), [FINE, UNSEEN], now=at(10))
    assert held is not None
    assert held[0] is Reason.PARENT_UNKNOWN
    assert held[1] <= at(15)


def test_a_parent_that_nobody_looks_at_is_waited_for_no_longer_than_it_takes_to_confirm() -> None:
    assert inhibit(child(), [UNSEEN], now=at(69)) == (Reason.PARENT_UNKNOWN, at(70))
    assert inhibit(child(), [UNSEEN], now=at(70)) is None


def test_a_parent_that_takes_for_ever_to_confirm_is_waited_for_five_minutes() -> None:
    slow = parent(fine_at=None, confirmed_within=timedelta(days=1))
    assert inhibit(child(), [slow], now=at(10) + LONGEST_WAIT - MINUTE) is not None
    assert inhibit(child(), [slow], now=at(10) + LONGEST_WAIT) is None


def test_after_a_parent_came_back_the_child_is_looked_at_before_it_is_told() -> None:
    back = parent(fine_at=at(100), recovered_at=at(100))
    held = inhibit(child(failed_at=90), [back], now=at(101))
    assert held is not None
    assert held[0] is Reason.PARENT
    assert inhibit(child(failed_at=102), [back], now=at(103)) is None


def test_looks_of_the_same_second_count() -> None:
    assert inhibit(child(), [parent(fine_at=T)], now=at(10)) is None
    back = parent(fine_at=at(100), recovered_at=at(100))
    assert inhibit(child(failed_at=100), [back], now=at(101)) is None


def test_a_look_at_the_child_is_waited_for_until_five_minutes_after_the_return_is_believed() -> (
    None
):
    back = parent(fine_at=at(100), recovered_at=at(100))
    slow = parent(fine_at=at(100), recovered_at=at(100), recovered_within=MINUTE)
    last = at(99) + LONGEST_WAIT
    assert inhibit(child(failed_at=90), [back], now=last) is not None
    assert inhibit(child(failed_at=90), [back], now=at(100) + LONGEST_WAIT) is None
    assert inhibit(child(failed_at=90), [slow], now=last + MINUTE) is not None
    assert inhibit(child(failed_at=90), [slow], now=at(100) + LONGEST_WAIT + MINUTE) is None


def test_what_is_waited_for_without_end_is_asked_for_again_within_seconds() -> None:
    slow = parent(fine_at=None, confirmed_within=timedelta(days=1))
    assert inhibit(child(), [slow], now=at(20)) == (Reason.PARENT_UNKNOWN, at(25))


def test_the_most_patient_parent_counts() -> None:
    slow = parent(fine_at=None, confirmed_within=2 * MINUTE)
    assert inhibit(child(), [UNSEEN, slow], now=at(69) + MINUTE) is not None


checks = st.builds(
    Status,
    state=st.sampled_from([State.DOWN, State.UNKNOWN, State.UP]),
    last_slot=st.integers(1, 9),
    successes=st.integers(0, 1),
    incident_open=st.booleans(),
)


@given(st.lists(checks, max_size=5), st.integers(1, 4))
def test_as_many_regions_as_it_takes_failed_since_the_last_failure(
    some: list[Status], most: int
) -> None:
    failing = [
        each.last_slot
        for each in some
        if each.incident_open and not each.successes and each.state is not State.UNKNOWN
    ]
    agreed = [slot for slot in failing if sum(each >= slot for each in failing) >= most]
    assert last_failure(some, most) == max(agreed, default=0)


def test_a_child_that_nobody_can_look_at_is_told_when_its_parent_is_back() -> None:
    back = parent(fine_at=at(100), recovered_at=at(100))
    assert inhibit(child(failed_at=None), [back], now=at(101)) is None


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
    held = inhibit(Child(started_at=T, waits_since=at(10), failed_at=failed_at), some, now=now)
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
    assume(inhibit(child(), some, now=now) is not None)
    assert inhibit(child(), [*some, one_more], now=now) is not None


def test_the_time_to_confirm_counts_each_look_and_each_wait() -> None:
    wait, timeout = timedelta(seconds=10), timedelta(seconds=4)
    assert confirmed_within([], timeout) == timedelta(seconds=4 + 75)
    assert confirmed_within([wait, wait], timeout) == timedelta(seconds=20 + 12 + 75)


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
