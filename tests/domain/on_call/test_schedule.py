"""Who is on duty: the plan of a time and the answer for a moment are the same thing."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.on_call.layer import Duty, Handoff, HandoffKind, Hours, Layer
from domain.on_call.schedule import Schedule, Shift, first_shift, on_duty_at, shifts

ANN, BOB, CID = 1, 2, 3
HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 11, 2, tzinfo=UTC)


def always(*contacts: int) -> Layer:
    """Take turns by the day, from midnight on."""
    return Layer(
        contact_ids=contacts,
        local_start=datetime(2026, 11, 2),  # noqa: DTZ001 - a local time
        handoff=Handoff(kind=HandoffKind.DAILY),
    )


def at_hours(contact: int, begin: int, end: int) -> Layer:
    hours = Hours(weekdays=frozenset(range(7)), begin=time(begin), end=time(end))
    return Layer(
        contact_ids=[contact],
        local_start=datetime(2026, 11, 2),  # noqa: DTZ001 - a local time
        handoff=Handoff(kind=HandoffKind.DAILY),
        hours=[hours],
    )


def schedule(*layers: Layer, overrides: tuple[Duty, ...] = ()) -> Schedule:
    return Schedule(zone=UTC, layers=layers, overrides=overrides)


def plan(of: Schedule, hours: int) -> list[tuple[int, int, int | None]]:
    """Give the shifts from Monday on, in hours since then."""
    found = shifts(of, MONDAY, MONDAY + hours * HOUR)
    return [
        ((each.start - MONDAY) // HOUR, (each.end - MONDAY) // HOUR, each.contact_id)
        for each in found
    ]


def override(contact: int, begin: int, end: int) -> Duty:
    return Duty(MONDAY + begin * HOUR, MONDAY + end * HOUR, contact)


def test_a_schedule_without_layers_has_nobody() -> None:
    assert plan(schedule(), 24) == [(0, 24, None)]
    assert on_duty_at(schedule(), MONDAY) is None


def test_later_layers_come_before_earlier_ones_at_their_hours() -> None:
    by_day = schedule(always(ANN), at_hours(BOB, 8, 18), at_hours(CID, 12, 13))
    assert plan(by_day, 24) == [
        (0, 8, ANN),
        (8, 12, BOB),
        (12, 13, CID),
        (13, 18, BOB),
        (18, 24, ANN),
    ]


def test_what_no_layer_covers_is_a_shift_of_nobody() -> None:
    assert plan(schedule(at_hours(ANN, 8, 18)), 24) == [(0, 8, None), (8, 18, ANN), (18, 24, None)]


def test_an_override_comes_before_every_layer_and_fills_what_they_leave() -> None:
    covered = schedule(at_hours(ANN, 8, 18), overrides=(override(CID, 17, 20),))
    assert plan(covered, 24) == [(0, 8, None), (8, 17, ANN), (17, 20, CID), (20, 24, None)]


def test_overrides_may_follow_each_other_without_a_break() -> None:
    swapped = schedule(always(ANN), overrides=(override(BOB, 2, 4), override(CID, 4, 6)))
    assert plan(swapped, 24) == [(0, 2, ANN), (2, 4, BOB), (4, 6, CID), (6, 24, ANN)]


def test_an_override_that_only_touches_the_time_is_no_part_of_it() -> None:
    touched = schedule(always(ANN), overrides=(override(BOB, -2, 0), override(CID, 24, 26)))
    assert plan(touched, 24) == [(0, 24, ANN)]


def test_at_the_second_of_a_handoff_who_takes_over_is_on_duty() -> None:
    swapped = schedule(
        at_hours(ANN, 8, 18), always(BOB), overrides=(override(CID, 2, 4), override(ANN, 4, 6))
    )
    hours = (1.999, 2, 3.999, 4, 5.999, 6)
    assert [on_duty_at(swapped, MONDAY + hour * HOUR) for hour in hours] == [
        BOB,
        CID,
        CID,
        ANN,
        ANN,
        BOB,
    ]


def test_who_takes_over_from_oneself_goes_on_in_the_same_shift() -> None:
    assert plan(schedule(always(ANN)), 72) == [(0, 72, ANN)]
    same = schedule(always(ANN), at_hours(ANN, 8, 18), overrides=(override(ANN, 3, 5),))
    assert plan(same, 24) == [(0, 24, ANN)]


def test_shifts_are_cut_to_what_was_asked_for() -> None:
    asked = MONDAY + 5 * HOUR
    assert shifts(schedule(always(ANN, BOB)), asked, asked + HOUR) == [
        Shift(asked, asked + HOUR, ANN)
    ]
    assert shifts(schedule(always(ANN)), asked, asked) == []


class _Counting(tzinfo):
    """UTC, which counts how often it is asked what clocks show."""

    def __init__(self) -> None:
        self.asked = 0

    def utcoffset(self, _: datetime | None) -> timedelta:
        self.asked += 1
        return timedelta(0)

    def dst(self, _: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, _: datetime | None) -> str:
        return "UTC"


def hourly(contact: int, minute: int) -> Layer:
    return Layer(
        contact_ids=[contact, contact + 1000],
        local_start=datetime(2026, 11, 1, 0, minute),  # noqa: DTZ001 - a local time
        handoff=Handoff(kind=HandoffKind.HOURLY),
    )


def cost(count: int, days: int, ask: Callable[[Schedule, datetime, datetime], object]) -> int:
    """Say how often clocks are asked about for so many hourly layers."""
    zone = _Counting()
    layers = [hourly(number, number) for number in range(count)]
    ask(Schedule(zone=zone, layers=layers), MONDAY, MONDAY + timedelta(days=days))
    return zone.asked


def test_what_a_higher_layer_covers_costs_nothing_in_the_lower_ones() -> None:
    assert cost(50, 90, shifts) == cost(1, 90, shifts)


def test_the_first_shifts_cost_no_turns_of_later_ones() -> None:
    few = partial(shifts, most=3)
    assert few(schedule(always(ANN, BOB)), MONDAY, MONDAY + 240 * HOUR) == [
        Shift(MONDAY + 24 * day * HOUR, MONDAY + 24 * (day + 1) * HOUR, contact)
        for day, contact in enumerate((ANN, BOB, ANN))
    ]
    assert cost(1, 90, few) < cost(1, 2, shifts)


def test_who_is_on_duty_and_until_when_does_not_cost_all_the_time_there_is() -> None:
    assert cost(1, 90, first_shift) == cost(1, 2, first_shift)


zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Antarctica/Troll"]
).map(ZoneInfo)
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
handoffs = st.one_of(
    st.builds(Handoff, kind=st.just(HandoffKind.HOURLY), every=st.integers(1, 30)),
    st.builds(
        Handoff,
        kind=st.just(HandoffKind.DAILY),
        every=st.integers(1, 3),
        at=st.none() | times,
    ),
    st.builds(
        Handoff,
        kind=st.just(HandoffKind.WEEKLY),
        every=st.integers(1, 2),
        weekday=st.none() | st.integers(0, 6),
        at=st.none() | times,
    ),
)
hours = st.builds(
    Hours, weekdays=st.frozensets(st.integers(0, 6), min_size=1), begin=times, end=times
)
walls = st.integers(0, 20 * 24 * 4).map(
    # Around both changes of the clocks of most zones.
    lambda quarters: datetime(2026, 3, 15) + timedelta(minutes=15 * quarters)  # noqa: DTZ001
)
layers = st.builds(
    Layer,
    contact_ids=st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple),
    local_start=walls,
    handoff=handoffs,
    hours=st.lists(hours, max_size=3).map(tuple),
)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    bounds = draw(st.lists(st.integers(0, 24 * 24), unique=True, max_size=6).map(sorted))
    begin = datetime(2026, 3, 15, tzinfo=UTC)
    overrides = [
        Duty(begin + a * HOUR, begin + b * HOUR, draw(st.integers(5, 6)))
        for a, b in zip(bounds[::2], bounds[1::2], strict=False)
    ]
    return Schedule(
        zone=draw(zones), layers=draw(st.lists(layers, max_size=4)), overrides=overrides
    )


starts = st.sampled_from(
    [datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 3, 27, 5, 7, tzinfo=UTC)]
) | st.just(datetime(2026, 10, 20, tzinfo=UTC))


@given(schedules(), starts, st.integers(1, 14 * 24), st.lists(st.floats(0, 1), max_size=20))
def test_shifts_cover_the_time_once_and_say_what_each_moment_says(
    of: Schedule, start: datetime, length: int, parts: list[float]
) -> None:
    end = start + length * HOUR
    found = shifts(of, start, end)
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(each.start < each.end for each in found)
    assert all(a.end == b.start for a, b in pairwise(found))
    assert all(a.contact_id != b.contact_id for a, b in pairwise(found))
    for each in found:
        last = each.end - timedelta(microseconds=1)
        middle = each.start + (each.end - each.start) / 2
        for moment in (each.start, middle, last):
            assert on_duty_at(of, moment) == each.contact_id
    for part in parts:
        moment = min(start + (end - start) * part, end - timedelta(microseconds=1))
        (covering,) = [each for each in found if each.start <= moment < each.end]
        assert on_duty_at(of, moment) == covering.contact_id


@given(schedules(), st.integers(0, 24 * 24 * 60))
def test_an_override_wins_at_every_moment_of_it(of: Schedule, minute: int) -> None:
    moment = datetime(2026, 3, 15, tzinfo=UTC) + timedelta(minutes=minute)
    covering = [each for each in of.overrides if each.start <= moment < each.end]
    if covering:
        assert on_duty_at(of, moment) == covering[0].contact_id


@given(schedules(), starts, st.integers(1, 200), st.integers(1, 200))
@example(schedule(always(ANN, BOB)), MONDAY, 5, 30)
def test_what_a_part_of_the_time_says_is_what_the_whole_says(
    of: Schedule, start: datetime, first: int, second: int
) -> None:
    middle, end = start + first * HOUR, start + (first + second) * HOUR
    whole = shifts(of, start, end)
    cut = [
        Shift(max(each.start, middle), each.end, each.contact_id)
        for each in whole
        if each.end > middle
    ]
    assert shifts(of, middle, end) == cut


@given(schedules(), starts, st.integers(1, 60 * 24))
@example(schedule(always(ANN)), MONDAY, 60 * 24)
@example(schedule(), MONDAY, 60 * 24)
def test_the_first_shift_is_the_first_of_all(of: Schedule, start: datetime, length: int) -> None:
    end = start + length * HOUR
    assert first_shift(of, start, end) == shifts(of, start, end)[0]


@pytest.mark.parametrize("contacts", [(ANN,), (ANN, BOB), (ANN, BOB, CID)])
def test_everybody_has_as_many_turns_as_the_others(contacts: tuple[int, ...]) -> None:
    days = 12
    found = [on_duty_at(schedule(always(*contacts)), MONDAY + n * 24 * HOUR) for n in range(days)]
    assert {found.count(each) for each in contacts} == {days // len(contacts)}
