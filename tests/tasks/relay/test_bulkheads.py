"""No provider that hangs takes the threads that others need."""

from collections import Counter
from sys import getrefcount

from hypothesis import given
from hypothesis import strategies as st

from services.relay.bulkheads import Bulkhead
from tasks.relay.bulkheads import Bulkheads

ONE = Bulkhead(1, "email", "one.example")
TWO = Bulkhead(1, "email", "two.example")
THREE = Bulkhead(1, "email", "three.example")
OTHERS_ONE = Bulkhead(2, "email", "one.example")
OTHERS_TWO = Bulkhead(2, "email", "two.example")
PHONE = Bulkhead(1, "sms", "+4915112345678")


def bulkheads() -> Bulkheads:
    return Bulkheads(per_kind=4, per_part=3, per_bulkhead=2)


def test_what_goes_to_one_host_has_few_places_and_leaves_others_free() -> None:
    places = bulkheads()
    assert [places.enter(number, ONE) for number in range(3)] == [True, True, False]
    assert places.enter(3, TWO)
    assert not places.enter(4, THREE), "the organization has its share"
    assert places.enter(5, OTHERS_ONE)
    assert not places.enter(6, OTHERS_TWO), "the kind is full"
    assert places.enter(7, PHONE)


def test_a_host_has_its_share_however_many_organizations_write_to_it() -> None:
    places = bulkheads()
    entered = [
        places.enter(number, Bulkhead(number, "email", "one.example")) for number in range(4)
    ]
    assert entered == [True, True, True, False]
    assert places.enter(5, OTHERS_TWO)


def test_a_host_has_its_share_of_each_kind_that_leads_there() -> None:
    places = bulkheads()
    for number in range(3):
        assert places.enter(number, Bulkhead(number, "email", "one.example"))
    assert places.enter(3, Bulkhead(3, "webhook", "one.example"))


def test_who_found_no_place_is_woken_when_there_is_one_and_only_once() -> None:
    places = bulkheads()
    for number in range(4):
        places.enter(number, ONE)
    places.enter(3, ONE)
    assert [places.leave(ONE) for _ in range(2)] == [[2], [3]]
    assert places.enter(2, ONE)
    assert places.leave(ONE) == []


def test_a_place_that_is_given_back_wakes_whoever_can_use_it() -> None:
    places = bulkheads()
    for number, bulkhead in enumerate((ONE, ONE, TWO)):
        places.enter(number, bulkhead)
    assert not places.enter(3, TWO)
    assert places.leave(ONE) == [3]


def test_a_place_that_is_given_back_wakes_nobody_whose_lane_is_still_full() -> None:
    places = bulkheads()
    for number, bulkhead in enumerate((ONE, ONE, PHONE, PHONE)):
        places.enter(number, bulkhead)
    assert [places.enter(4, ONE), places.enter(5, PHONE)] == [False, False]
    assert places.leave(PHONE) == [5]


def test_what_waits_is_remembered_until_it_is_woken_or_found_a_place_by_itself() -> None:
    places = bulkheads()
    for number in range(5):
        places.enter(number, ONE)
    assert [places.remembers(number) for number in range(6)] == [False] * 2 + [True] * 3 + [False]
    assert places.leave(ONE) == [2]
    assert not places.remembers(2)
    assert places.enter(3, ONE)
    assert not places.remembers(3)
    assert places.remembers(4)


def test_lanes_that_wait_take_turns() -> None:
    places = Bulkheads(per_kind=1, per_part=1, per_bulkhead=1)
    places.enter(0, PHONE)
    places.enter(1, ONE)
    for number in range(2, 5):
        places.enter(number, ONE)
    places.enter(5, TWO)
    woken = []
    for bulkhead in (ONE, ONE, TWO, ONE):
        (following,) = places.leave(bulkhead)
        assert places.enter(following, TWO if following == 5 else ONE)
        woken.append(following)
    assert woken == [2, 5, 3, 4]


def test_much_that_waits_for_one_lane_leaves_room_to_remember_others() -> None:
    places = bulkheads()
    for number in range(20_000):
        places.enter(number, ONE)
    places.enter(20_000, TWO)
    assert not places.enter(20_001, TWO)
    assert places.leave(ONE) == [2]
    assert places.leave(TWO) == [20_001]


def test_what_is_remembered_has_a_bound_for_each_lane_and_for_all() -> None:
    places = Bulkheads(per_kind=1, per_part=1, per_bulkhead=1)
    places.enter(0, ONE)
    for number in range(1, 1202):
        places.enter(number, ONE)
    assert sum(places.remembers(number) for number in range(1, 1202)) == 1000
    numbers = range(2000, 13_000)
    for number in numbers:
        places.enter(number, Bulkhead(number % 100, "email", "two.example"))
    assert sum(places.remembers(number) for number in numbers) == 9000


def test_only_the_lanes_that_were_slow_the_latest_are_held_back() -> None:
    places = Bulkheads(per_kind=2, per_part=2, per_bulkhead=2)
    slow = [Bulkhead(number, "email", f"{number}.example") for number in range(1001)]
    for bulkhead in slow:
        places.enter(0, bulkhead)
        places.leave(bulkhead, slow=True)
    assert [places.enter(number, slow[0]) for number in (1, 2)] == [True, True]
    for _ in range(2):
        places.leave(slow[0])
    assert [places.enter(number, slow[1]) for number in (1, 2)] == [True, False]


def test_a_lane_that_is_slow_again_counts_from_then() -> None:
    places = Bulkheads(per_kind=2, per_part=2, per_bulkhead=2)
    slow = [Bulkhead(number, "email", f"{number}.example") for number in range(1001)]
    for bulkhead in (*slow[:1000], slow[0], slow[1000]):
        places.enter(0, bulkhead)
        places.leave(bulkhead, slow=True)
    assert [places.enter(number, slow[0]) for number in (1, 2)] == [True, False]


def test_of_each_kind_those_that_hang_have_half_of_its_places() -> None:
    places = Bulkheads(per_kind=2, per_part=2, per_bulkhead=2)
    for bulkhead in (ONE, PHONE):
        places.enter(0, bulkhead)
        places.leave(bulkhead, slow=True)
    assert [places.enter(number, bulkhead) for number, bulkhead in enumerate((ONE, PHONE))] == [
        True,
        True,
    ]


def test_hosts_that_hang_leave_half_of_the_places_to_those_that_answer() -> None:
    places = Bulkheads(per_kind=8, per_part=4, per_bulkhead=2)
    hang = [ONE, TWO, OTHERS_ONE, OTHERS_TWO]
    waiting = iter(range(1000))
    assert all(places.enter(next(waiting), bulkhead) for bulkhead in hang for _ in range(2))
    good = Bulkhead(3, "email", "good.example")
    assert not places.enter(2000, good), "nobody knows yet that the others hang"
    assert places.leave(ONE, slow=True) == [2000]
    assert places.enter(2000, good)
    for bulkhead in (ONE, TWO, TWO, OTHERS_ONE, OTHERS_ONE, OTHERS_TWO, OTHERS_TWO):
        places.leave(bulkhead, slow=True)
    entered = [places.enter(next(waiting), bulkhead) for _ in range(2) for bulkhead in hang]
    assert entered == [True] * 4 + [False] * 4
    assert places.enter(2001, good)
    assert places.enter(2002, Bulkhead(4, "email", "better.example"))
    assert places.enter(2003, Bulkhead(1, "sms", "+4915112345678")), (
        "of another kind nothing is taken"
    )


def test_a_host_that_answers_again_has_all_its_places_again() -> None:
    places = Bulkheads(per_kind=2, per_part=2, per_bulkhead=2)
    places.enter(0, ONE)
    places.leave(ONE, slow=True)
    assert [places.enter(number, ONE) for number in (1, 2)] == [True, False]
    assert places.leave(ONE) == [2]
    assert [places.enter(number, ONE) for number in (2, 3)] == [True, True]


def test_a_host_that_was_not_asked_is_as_slow_as_before() -> None:
    places = Bulkheads(per_kind=2, per_part=2, per_bulkhead=2)
    places.enter(0, ONE)
    places.leave(ONE, slow=True)
    assert places.enter(1, ONE)
    assert places.leave(ONE, slow=None) == []
    assert [places.enter(number, ONE) for number in (2, 3)] == [True, False]


def test_of_what_waits_for_a_lane_the_first_written_goes_first_though_it_came_late() -> None:
    places = Bulkheads(per_kind=1, per_part=1, per_bulkhead=1)
    places.enter(9, ONE)
    for number in (7, 5, 6):
        places.enter(number, ONE)
    assert places.leave(ONE) == [5]
    # Somebody else was faster.
    assert places.enter(8, ONE)
    assert not places.enter(5, ONE)
    assert [places.leave(ONE), places.enter(5, ONE)] == [[5], True]


def test_the_sweep_wakes_what_is_remembered_though_nobody_holds_its_place() -> None:
    places = Bulkheads(per_kind=1, per_part=1, per_bulkhead=1)
    for number in range(3):
        places.enter(number, ONE)
    assert places.leave(ONE) == [1]
    # The message that was to wake it is lost, or another process took it.
    assert not places.remembers(2)
    assert places.enter(2, ONE)
    assert places.leave(ONE) == []


def test_nothing_is_kept_of_lanes_that_are_free_again() -> None:
    places = bulkheads()
    bulkhead = Bulkhead(3, "email", "three.example")
    before = getrefcount(bulkhead)
    for number in range(3):
        places.enter(number, bulkhead)
    for _ in range(2):
        places.leave(bulkhead)
    assert places.enter(2, bulkhead)
    places.leave(bulkhead)
    assert getrefcount(bulkhead) == before


all_lanes = st.sampled_from([ONE, TWO, THREE, OTHERS_ONE, OTHERS_TWO, PHONE])


@given(st.lists(st.tuples(st.booleans(), all_lanes, st.booleans()), max_size=100))
def test_no_lane_ever_holds_more_than_its_places(steps: list[tuple[bool, Bulkhead, bool]]) -> None:
    places, inside = bulkheads(), Counter[Bulkhead]()
    slow_lanes: set[Bulkhead] = set()
    for number, (enters, bulkhead, slow) in enumerate(steps):
        if enters:
            by_slow = sum(inside[each] for each in slow_lanes if each.kind == bulkhead.kind)
            entered = places.enter(number, bulkhead)
            assert not (entered and bulkhead in slow_lanes and by_slow >= 2)
            inside[bulkhead] += entered
        elif inside[bulkhead]:
            inside[bulkhead] -= 1
            places.leave(bulkhead, slow=slow)
            slow_lanes = slow_lanes | {bulkhead} if slow else slow_lanes - {bulkhead}
        assert all(count <= 2 for count in inside.values())
        assert inside[ONE] + inside[TWO] + inside[THREE] <= 3
        assert inside[ONE] + inside[OTHERS_ONE] <= 3
        assert inside.total() - inside[PHONE] <= 4
    for bulkhead, count in inside.items():
        for _ in range(count):
            places.leave(bulkhead)
    assert places.enter(1000, ONE)
