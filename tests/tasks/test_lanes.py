"""No provider that hangs takes the threads that others need."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tasks.lanes import Channel, Lanes

ANN: Channel = (1, "email", "ann@example.org")
BOB: Channel = (1, "email", "bob@example.org")
EVE: Channel = (2, "email", "eve@example.org")
PHONE: Channel = (1, "sms", "+4915112345678")


def lanes() -> Lanes:
    return Lanes(per_kind=4, per_organization=3, per_channel=2)


def test_one_channel_has_few_places_and_leaves_the_others_free() -> None:
    places = lanes()
    assert [places.enter(number, ANN) for number in range(3)] == [True, True, False]
    assert places.enter(3, BOB)
    assert not places.enter(4, BOB), "the organization has its share"
    assert places.enter(5, EVE)
    assert not places.enter(6, EVE), "the kind is full"
    assert places.enter(7, PHONE)


def test_who_found_no_place_is_woken_when_there_is_one_and_only_once() -> None:
    places = lanes()
    for number in range(4):
        places.enter(number, ANN)
    places.enter(3, ANN)
    assert [places.leave(ANN) for _ in range(2)] == [[2], [3]]
    assert places.enter(2, ANN)
    assert places.leave(ANN) == []


def test_a_place_that_is_given_back_wakes_whoever_can_use_it() -> None:
    places = lanes()
    for number, channel in enumerate((ANN, ANN, BOB)):
        places.enter(number, channel)
    assert not places.enter(3, BOB)
    assert places.leave(ANN) == [3]


channels = st.sampled_from([ANN, BOB, EVE, PHONE])


@given(st.lists(st.tuples(st.booleans(), channels), max_size=100))
def test_no_lane_ever_holds_more_than_its_places(steps: list[tuple[bool, Channel]]) -> None:
    places, inside = lanes(), Counter[Channel]()
    for number, (enters, channel) in enumerate(steps):
        if enters:
            inside[channel] += places.enter(number, channel)
        elif inside[channel]:
            inside[channel] -= 1
            places.leave(channel)
        assert all(count <= 2 for count in inside.values())
        assert inside[ANN] + inside[BOB] <= 3
        assert inside[ANN] + inside[BOB] + inside[EVE] <= 4
    for channel, count in inside.items():
        for _ in range(count):
            places.leave(channel)
    assert places.enter(1000, ANN)
