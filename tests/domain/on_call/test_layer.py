"""Turns of a layer: handoffs by the clock on the wall, and hours of the day and week."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.on_call.layer import Duty, Handoff, HandoffKind, Hours, Layer
from domain.wall_clock import Clock

BERLIN = ZoneInfo("Europe/Berlin")
ANN, BOB, CID = 1, 2, 3
DAILY, WEEKLY, HOURLY = HandoffKind.DAILY, HandoffKind.WEEKLY, HandoffKind.HOURLY
EVERY_DAY = frozenset(range(7))
WORKDAYS = frozenset(range(5))


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


def layer(start: str, handoff: Handoff, *hours: Hours, contacts: tuple[int, ...]) -> Layer:
    return Layer(
        contact_ids=contacts,
        local_start=datetime.fromisoformat(start),
        handoff=handoff,
        hours=hours,
    )


def duties(of: Layer, start: str, end: str) -> list[tuple[str, str, int]]:
    """Say who is on duty from when to when, by the clock in Berlin."""
    found = duties_in(of, berlin(start), berlin(end))
    return [(wall(each.start), wall(each.end), each.contact_id) for each in found]


def duties_in(of: Layer, start: datetime, end: datetime) -> list[Duty]:
    clock = Clock(BERLIN)
    turns = of.turns(clock)
    found = []
    for begin, until in of.spans(start, end, clock):
        changes = list(turns.changes(begin, until))
        ends = [*(moment for moment, _ in changes[1:]), until]
        found += [
            Duty(moment, over, contact)
            for (moment, contact), over in zip(changes, ends, strict=True)
        ]
    return found


def on_duty_at(of: Layer, moment: datetime) -> int | None:
    return of.on_duty_at(moment, Clock(BERLIN))


def wall(moment: datetime) -> str:
    return f"{moment.astimezone(BERLIN):%m-%d %H:%M}"


def test_nobody_is_on_duty_before_the_start() -> None:
    daily = layer("2026-11-02T09:00", Handoff(kind=DAILY), contacts=(ANN, BOB))
    assert on_duty_at(daily, berlin("2026-11-02T08:59")) is None
    assert on_duty_at(daily, berlin("2026-11-02T09:00")) == ANN
    assert duties(daily, "2026-11-01T00:00", "2026-11-02T10:00") == [
        ("11-02 09:00", "11-02 10:00", ANN)
    ]


def test_turns_follow_each_other_in_order_again_and_again() -> None:
    daily = layer("2026-11-02T09:00", Handoff(kind=DAILY), contacts=(ANN, BOB, ANN, CID))
    found = duties(daily, "2026-11-02T09:00", "2026-11-07T09:00")
    assert [contact for _, _, contact in found] == [ANN, BOB, ANN, CID, ANN]
    assert [start for start, _, _ in found] == [f"11-0{day} 09:00" for day in range(2, 7)]


def test_a_first_turn_ends_at_the_handoff_however_late_it_begins() -> None:
    handoff = Handoff(kind=WEEKLY, weekday=0, at=time(9))
    weekly = layer("2026-11-04T14:00", handoff, contacts=(ANN, BOB))
    assert duties(weekly, "2026-11-01T00:00", "2026-11-23T09:00") == [
        ("11-04 14:00", "11-09 09:00", ANN),
        ("11-09 09:00", "11-16 09:00", BOB),
        ("11-16 09:00", "11-23 09:00", ANN),
    ]


@pytest.mark.parametrize(
    ("start", "first_handoff"),
    [
        ("2026-11-02T09:00", "11-16 09:00"),
        ("2026-11-02T08:59", "11-09 09:00"),
        ("2026-11-02T09:01", "11-16 09:00"),
        ("2026-11-08T23:00", "11-16 09:00"),
    ],
)
def test_a_turn_of_two_weeks_counts_from_the_last_handoff_that_could_have_been(
    start: str, first_handoff: str
) -> None:
    handoff = Handoff(kind=WEEKLY, every=2, weekday=0, at=time(9))
    weekly = layer(start, handoff, contacts=(ANN, BOB))
    assert duties(weekly, "2026-11-01T00:00", "2026-11-20T00:00")[0][1] == first_handoff


def test_without_a_time_or_weekday_they_are_those_of_the_start() -> None:
    weekly = layer("2026-11-04T14:00", Handoff(kind=WEEKLY), contacts=(ANN, BOB))
    assert duties(weekly, "2026-11-04T14:00", "2026-11-18T14:00") == [
        ("11-04 14:00", "11-11 14:00", ANN),
        ("11-11 14:00", "11-18 14:00", BOB),
    ]


def test_a_handoff_stays_at_its_time_when_clocks_change() -> None:
    daily = layer("2026-03-01T09:00", Handoff(kind=DAILY), contacts=(ANN, BOB))
    for night, hours in (("2026-03-28", 23), ("2026-10-24", 25), ("2026-06-01", 24)):
        begin = berlin(f"{night}T09:00")
        (duty,) = duties_in(daily, begin, begin + timedelta(hours=hours))
        assert duty.end - duty.start == timedelta(hours=hours)
        assert f"{duty.end.astimezone(BERLIN):%H:%M}" == "09:00"


def test_a_handoff_that_clocks_skip_is_when_they_do_so() -> None:
    daily = layer("2026-03-01T02:30", Handoff(kind=DAILY), contacts=(ANN, BOB))
    assert duties(daily, "2026-03-28T12:00", "2026-03-30T12:00") == [
        ("03-28 12:00", "03-29 03:00", BOB),
        ("03-29 03:00", "03-30 02:30", ANN),
        ("03-30 02:30", "03-30 12:00", BOB),
    ]


def test_a_handoff_that_clocks_show_twice_happens_once_at_the_first() -> None:
    daily = layer("2026-10-01T02:30", Handoff(kind=DAILY), contacts=(ANN, BOB))
    before, first, back, second = (
        on_duty_at(daily, moment)
        for moment in (
            berlin("2026-10-25T02:29"),
            berlin("2026-10-25T02:30"),
            berlin("2026-10-25T02:00", fold=1),
            berlin("2026-10-25T02:30", fold=1),
        )
    )
    assert (before, first, back, second) == (BOB, ANN, ANN, ANN)


def test_hourly_turns_count_the_hours_that_clocks_show() -> None:
    halves = layer("2026-03-28T08:00", Handoff(kind=HOURLY, every=12), contacts=(ANN, BOB))
    assert duties(halves, "2026-03-28T08:00", "2026-03-29T20:00") == [
        ("03-28 08:00", "03-28 20:00", ANN),
        ("03-28 20:00", "03-29 08:00", BOB),
        ("03-29 08:00", "03-29 20:00", ANN),
    ]


def test_an_hourly_turn_that_clocks_skip_is_left_out_and_one_shown_twice_is_twice_as_long() -> None:
    hourly = layer("2026-01-01T00:00", Handoff(kind=HOURLY), contacts=(ANN, BOB, CID))
    assert [each for _, _, each in duties(hourly, "2026-03-29T01:00", "2026-03-29T05:00")] == [
        BOB,  # 01:00, and 02:00 would be CID.
        ANN,  # 03:00
        BOB,  # 04:00
    ]
    found = duties_in(hourly, berlin("2026-10-25T02:00"), berlin("2026-10-25T04:00"))
    assert [each.end - each.start for each in found] == [timedelta(hours=2), timedelta(hours=1)]


def test_hours_of_the_day_leave_the_rest_to_nobody() -> None:
    nights = Hours(weekdays=EVERY_DAY, begin=time(18), end=time(8))
    daily = layer("2026-11-02T12:00", Handoff(kind=DAILY), nights, contacts=(ANN, BOB))
    assert duties(daily, "2026-11-02T12:00", "2026-11-04T12:00") == [
        ("11-02 18:00", "11-03 08:00", ANN),
        ("11-03 18:00", "11-04 08:00", BOB),
    ]
    assert on_duty_at(daily, berlin("2026-11-03T08:00")) is None
    assert on_duty_at(daily, berlin("2026-11-03T07:59")) == ANN


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin() -> None:
    nights = Hours(weekdays=frozenset({4}), begin=time(18), end=time(8))
    weekly = layer("2026-11-02T00:00", Handoff(kind=WEEKLY), nights, contacts=(ANN,))
    assert duties(weekly, "2026-11-02T00:00", "2026-11-09T00:00") == [
        ("11-06 18:00", "11-07 08:00", ANN)
    ]


def test_the_same_time_twice_is_a_whole_day() -> None:
    weekend = Hours(weekdays=frozenset({5, 6}), begin=time(0), end=time(0))
    weekly = layer("2026-11-02T00:00", Handoff(kind=WEEKLY), weekend, contacts=(ANN,))
    assert duties(weekly, "2026-11-02T00:00", "2026-11-09T12:00") == [
        ("11-07 00:00", "11-09 00:00", ANN)
    ]


def test_hours_that_overlap_are_one_and_do_not_end_a_turn() -> None:
    day = Hours(weekdays=WORKDAYS, begin=time(8), end=time(18))
    evening = Hours(weekdays=WORKDAYS, begin=time(16), end=time(20))
    weekly = layer("2026-11-02T00:00", Handoff(kind=WEEKLY), day, evening, contacts=(ANN,))
    assert duties(weekly, "2026-11-02T00:00", "2026-11-03T00:00") == [
        ("11-02 08:00", "11-02 20:00", ANN)
    ]


def test_a_turn_goes_on_counting_while_its_hours_are_over() -> None:
    day = Hours(weekdays=EVERY_DAY, begin=time(8), end=time(20))
    halves = layer("2026-11-02T08:00", Handoff(kind=HOURLY, every=6), day, contacts=(ANN, BOB, CID))
    assert [each for _, _, each in duties(halves, "2026-11-02T08:00", "2026-11-03T20:00")] == [
        ANN,
        BOB,
        BOB,
        CID,
    ]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 13), ("2026-10-24", 15)])
def test_a_night_of_a_change_of_clocks_ends_by_the_clock(day: str, hours: int) -> None:
    nights = Hours(weekdays=EVERY_DAY, begin=time(18), end=time(8))
    daily = layer("2026-01-01T12:00", Handoff(kind=DAILY), nights, contacts=(ANN,))
    begin = berlin(f"{day}T12:00")
    (duty,) = duties_in(daily, begin, begin + timedelta(hours=22))
    assert duty.end - duty.start == timedelta(hours=hours)


def test_hours_that_begin_while_clocks_skip_are_somebodys_for_what_is_left() -> None:
    early = Hours(weekdays=EVERY_DAY, begin=time(2, 30), end=time(3, 15))
    daily = layer("2026-01-01T12:00", Handoff(kind=DAILY), early, contacts=(ANN,))
    assert duties(daily, "2026-03-29T00:00", "2026-03-29T12:00") == [
        ("03-29 03:00", "03-29 03:15", ANN)
    ]


def test_hours_that_clocks_skip_altogether_are_nobodys() -> None:
    early = Hours(weekdays=EVERY_DAY, begin=time(2, 15), end=time(2, 45))
    daily = layer("2026-01-01T12:00", Handoff(kind=DAILY), early, contacts=(ANN,))
    assert duties(daily, "2026-03-29T00:00", "2026-03-29T12:00") == []


def test_no_time_has_no_duties() -> None:
    daily = layer("2026-11-02T09:00", Handoff(kind=DAILY), contacts=(ANN,))
    noon = berlin("2026-11-03T12:00")
    assert duties_in(daily, noon, noon) == []
    assert duties_in(daily, noon, noon + timedelta(seconds=1)) == [
        Duty(noon, noon + timedelta(seconds=1), ANN)
    ]
