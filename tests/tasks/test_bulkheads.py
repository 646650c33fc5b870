"""No provider that hangs takes the threads that others need."""

from collections import Counter
from sys import getrefcount

from hypothesis import given
from hypothesis import strategies as st

from services.relay.bulkheads import Lane
from tasks.bulkheads import Lanes

ONE = Lane(1, "email", "one.example")
TWO = Lane(1, "email", "two.example")
THREE = Lane(1, "email", "three.example")
OTHERS_ONE = Lane(2, "email", "one.example")
OTHERS_TWO = Lane(2, "email", "two.example")
PHONE = Lane(1, "sms", "+4915112345678")


def lanes() -> Lanes:
    return Lanes(per_kind=4, per_part=3, per_lane=2)


def test_what_goes_to_one_host_has_few_places_and_leaves_others_free() -> None:
    places = lanes()
    assert [places.enter(number, ONE) for number in range(3)] == [True, True, False]
    assert places.enter(3, TWO)
    assert not places.enter(4, THREE), "the organization has its share"
    assert places.enter(5, OTHERS_ONE)
    assert not places.enter(6, OTHERS_TWO), "the kind is full"
    assert places.enter(7, PHONE)


def test_a_host_has_its_share_however_many_organizations_write_to_it() -> None:
    places = lanes()
    entered = [places.enter(number, Lane(number, "email", "one.example")) for number in range(4)]
    assert entered == [True, True, True, False]
    assert places.enter(5, OTHERS_TWO)


def test_a_host_has_its_share_of_each_kind_that_leads_there() -> None:
    places = lanes()
    for number in range(3):
        assert places.enter(number, Lane(number, "email", "one.example"))
    assert places.enter(3, Lane(3, "webhook", "one.example"))


def test_who_found_no_place_is_woken_when_there_is_one_and_only_once() -> None:
    places = lanes()
    for number in range(4):
        places.enter(number, ONE)
    places.enter(3, ONE)
    assert [places.leave(ONE) for _ in range(2)] == [[2], [3]]
    assert places.enter(2, ONE)
    assert places.leave(ONE) == []


def test_a_place_that_is_given_back_wakes_whoever_can_use_it() -> None:
    places = lanes()
    for number, lane in enumerate((ONE, ONE, TWO)):
        places.enter(number, lane)
    assert not places.enter(3, TWO)
    assert places.leave(ONE) == [3]


def test_a_place_that_is_given_back_wakes_nobody_whose_lane_is_still_full() -> None:
    places = lanes()
    for number, lane in enumerate((ONE, ONE, PHONE, PHONE)):
        places.enter(number, lane)
    assert [places.enter(4, ONE), places.enter(5, PHONE)] == [False, False]
    assert places.leave(PHONE) == [5]


def test_what_waits_is_remembered_until_it_is_woken_or_found_a_place_by_itself() -> None:
    places = lanes()
    for number in range(5):
        places.enter(number, ONE)
    assert [places.remembers(number) for number in range(6)] == [False] * 2 + [True] * 3 + [False]
    assert places.leave(ONE) == [2]
    assert not places.remembers(2)
    assert places.enter(3, ONE)
    assert not places.remembers(3)
    assert places.remembers(4)


def test_lanes_that_wait_take_turns() -> None:
    places = Lanes(per_kind=1, per_part=1, per_lane=1)
    places.enter(0, PHONE)
    places.enter(1, ONE)
    for number in range(2, 5):
        places.enter(number, ONE)
    places.enter(5, TWO)
    woken = []
    for lane in (ONE, ONE, TWO, ONE):
        (following,) = places.leave(lane)
        assert places.enter(following, TWO if following == 5 else ONE)
        woken.append(following)
    assert woken == [2, 5, 3, 4]


def test_much_that_waits_for_one_lane_leaves_room_to_remember_others() -> None:
    places = lanes()
    for number in range(20_000):
        places.enter(number, ONE)
    places.enter(20_000, TWO)
    assert not places.enter(20_001, TWO)
    assert places.leave(ONE) == [2]
    assert places.leave(TWO) == [20_001]


def test_what_is_remembered_has_a_bound_for_each_lane_and_for_all() -> None:
    places = Lanes(per_kind=1, per_part=1, per_lane=1)
    places.enter(0, ONE)
    for number in range(1, 1202):
        places.enter(number, ONE)
    assert sum(places.remembers(number) for number in range(1, 1202)) == 1000
    numbers = range(2000, 13_000)
    for number in numbers:
        places.enter(number, Lane(number % 100, "email", "two.example"))
    assert sum(places.remembers(number) for number in numbers) == 9000


def test_only_the_lanes_that_were_slow_the_latest_are_held_back() -> None:
    places = Lanes(per_kind=2, per_part=2, per_lane=2)
    slow = [Lane(number, "email", f"{number}.example") for number in range(1001)]
    for lane in slow:
        places.enter(0, lane)
        places.leave(lane, slow=True)
    assert [places.enter(number, slow[0]) for number in (1, 2)] == [True, True]
    for _ in range(2):
        places.leave(slow[0])
    assert [places.enter(number, slow[1]) for number in (1, 2)] == [True, False]


def test_a_lane_that_is_slow_again_counts_from_then() -> None:
    places = Lanes(per_kind=2, per_part=2, per_lane=2)
    slow = [Lane(number, "email", f"{number}.example") for number in range(1001)]
    for lane in (*slow[:1000], slow[0], slow[1000]):
        places.enter(0, lane)
        places.leave(lane, slow=True)
    assert [places.enter(number, slow[0]) for number in (1, 2)] == [True, False]


def test_of_each_kind_those_that_hang_have_half_of_its_places() -> None:
    places = Lanes(per_kind=2, per_part=2, per_lane=2)
    for lane in (ONE, PHONE):
        places.enter(0, lane)
        places.leave(lane, slow=True)
    assert [places.enter(number, lane) for number, lane in enumerate((ONE, PHONE))] == [True, True]


def test_hosts_that_hang_leave_half_of_the_places_to_those_that_answer() -> None:
    places = Lanes(per_kind=8, per_part=4, per_lane=2)
    hang = [ONE, TWO, OTHERS_ONE, OTHERS_TWO]
    waiting = iter(range(1000))
    assert all(places.enter(next(waiting), lane) for lane in hang for _ in range(2))
    good = Lane(3, "email", "good.example")
    assert not places.enter(2000, good), "nobody knows yet that the others hang"
    assert places.leave(ONE, slow=True) == [2000]
    assert places.enter(2000, good)
    for lane in (ONE, TWO, TWO, OTHERS_ONE, OTHERS_ONE, OTHERS_TWO, OTHERS_TWO):
        places.leave(lane, slow=True)
    entered = [places.enter(next(waiting), lane) for _ in range(2) for lane in hang]
    assert entered == [True] * 4 + [False] * 4
    assert places.enter(2001, good)
    assert places.enter(2002, Lane(4, "email", "better.example"))
    assert places.enter(2003, Lane(1, "sms", "+4915112345678")), "of another kind nothing is taken"


def test_a_host_that_answers_again_has_all_its_places_again() -> None:
    places = Lanes(per_kind=2, per_part=2, per_lane=2)
    places.enter(0, ONE)
    places.leave(ONE, slow=True)
    assert [places.enter(number, ONE) for number in (1, 2)] == [True, False]
    assert places.leave(ONE) == [2]
    assert [places.enter(number, ONE) for number in (2, 3)] == [True, True]


def test_a_host_that_was_not_asked_is_as_slow_as_before() -> None:
    places = Lanes(per_kind=2, per_part=2, per_lane=2)
    places.enter(0, ONE)
    places.leave(ONE, slow=True)
    assert places.enter(1, ONE)
    assert places.leave(ONE, slow=None) == []
    assert [places.enter(number, ONE) for number in (2, 3)] == [True, False]


def test_of_what_waits_for_a_lane_the_first_written_goes_first_though_it_came_late() -> None:
    places = Lanes(per_kind=1, per_part=1, per_lane=1)
    places.enter(9, ONE)
    for number in (7, 5, 6):
        places.enter(number, ONE)
    assert places.leave(ONE) == [5]
    # Somebody else was faster.
    assert places.enter(8, ONE)
    assert not places.enter(5, ONE)
    assert [places.leave(ONE), places.enter(5, ONE)] == [[5], True]


def test_the_sweep_wakes_what_is_remembered_though_nobody_holds_its_place() -> None:
    places = Lanes(per_kind=1, per_part=1, per_lane=1)
    for number in range(3):
        places.enter(number, ONE)
    assert places.leave(ONE) == [1]
    # The message that was to wake it is lost, or another process took it.
    assert not places.remembers(2)
    assert places.enter(2, ONE)
    assert places.leave(ONE) == []


def test_nothing_is_kept_of_lanes_that_are_free_again() -> None:
    places = lanes()
    lane = Lane(3, "email", "three.example")
    before = getrefcount(lane)
    for number in range(3):
        places.enter(number, lane)
    for _ in range(2):
        places.leave(lane)
    assert places.enter(2, lane)
    places.leave(lane)
    assert getrefcount(lane) == before


all_lanes = st.sampled_from([ONE, TWO, THREE, OTHERS_ONE, OTHERS_TWO, PHONE])


@given(st.lists(st.tuples(st.booleans(), all_lanes, st.booleans()), max_size=100))
def test_no_lane_ever_holds_more_than_its_places(steps: list[tuple[bool, Lane, bool]]) -> None:
    places, inside = lanes(), Counter[Lane]()
    slow_lanes: set[Lane] = set()
    for number, (enters, lane, slow) in enumerate(steps):
        if enters:
            by_slow = sum(inside[each] for each in slow_lanes if each.kind == lane.kind)
            entered = places.enter(number, lane)
            assert not (entered and lane in slow_lanes and by_slow >= 2)
            inside[lane] += entered
        elif inside[lane]:
            inside[lane] -= 1
            places.leave(lane, slow=slow)
            slow_lanes = slow_lanes | {lane} if slow else slow_lanes - {lane}
        assert all(count <= 2 for count in inside.values())
        assert inside[ONE] + inside[TWO] + inside[THREE] <= 3
        assert inside[ONE] + inside[OTHERS_ONE] <= 3
        assert inside.total() - inside[PHONE] <= 4
    for lane, count in inside.items():
        for _ in range(count):
            places.leave(lane)
    assert places.enter(1000, ONE)
