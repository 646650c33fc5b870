"""Quiet hours are wall times of the contact, whatever the clocks do."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alerting.quiet_hours import quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = {"begin": time(22), "end": time(7)}


def berlin(day: int, hour: int, minute: int = 0, *, month: int = 11, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, fold=fold, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        (berlin(24, 21, 59), None),
        (berlin(24, 22), berlin(25, 7)),
        (berlin(24, 23, 59), berlin(25, 7)),
        (berlin(25, 0), berlin(25, 7)),
        (berlin(25, 6, 59), berlin(25, 7)),
        (berlin(25, 7), None),
        (berlin(25, 12), None),
    ],
)
def test_a_night_reaches_over_midnight(moment: datetime, end: datetime | None) -> None:
    assert quiet_until(moment, **NIGHT, zone=BERLIN) == end


def test_hours_within_a_day_are_quiet_on_that_day() -> None:
    lunch = {"begin": time(12), "end": time(13, 30)}
    assert quiet_until(berlin(24, 11, 59), **lunch, zone=BERLIN) is None
    assert quiet_until(berlin(24, 12, 45), **lunch, zone=BERLIN) == berlin(24, 13, 30)
    assert quiet_until(berlin(24, 13, 30), **lunch, zone=BERLIN) is None


def test_the_zone_of_the_contact_decides_not_that_of_the_moment() -> None:
    moment = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)
    assert quiet_until(moment, **NIGHT, zone=BERLIN) == berlin(25, 7)
    assert quiet_until(moment, **NIGHT, zone=ZoneInfo("America/New_York")) is None


def test_where_both_times_are_the_same_nothing_is_quiet() -> None:
    assert quiet_until(berlin(24, 3), begin=time(3), end=time(3), zone=BERLIN) is None


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 28, 8), (10, 24, 10)])
def test_the_night_of_a_change_of_the_clocks_ends_by_the_clock(
    month: int, day: int, hours: int
) -> None:
    begin = berlin(day, 22, month=month)
    end = quiet_until(begin, **NIGHT, zone=BERLIN)
    assert end == berlin(day + 1, 7, month=month)
    assert end is not None
    assert end - begin.astimezone(UTC) == timedelta(hours=hours)


def test_an_end_that_comes_twice_is_the_second_one() -> None:
    end = berlin(25, 2, 30, month=10, fold=1).astimezone(UTC)
    for moment in (
        berlin(25, 2, 15, month=10),
        berlin(25, 2, 45, month=10),
        berlin(25, 2, 15, month=10, fold=1),
    ):
        assert quiet_until(moment, begin=time(22), end=time(2, 30), zone=BERLIN) == end


def test_a_begin_that_comes_twice_is_the_first_one() -> None:
    begin = berlin(25, 2, 30, month=10)
    just_before = begin.astimezone(UTC) - timedelta(seconds=1)
    hours = {"begin": time(2, 30), "end": time(7)}
    assert quiet_until(just_before, **hours, zone=BERLIN) is None
    for moment in (begin, berlin(25, 2, 15, month=10, fold=1)):
        assert quiet_until(moment, **hours, zone=BERLIN) == berlin(25, 7, month=10)


def test_hours_of_a_day_that_clocks_are_set_back_out_of_go_on_in_the_day_before() -> None:
    # In Newfoundland 00:01 was followed by 23:01 of the day before, until 2011.
    zone = ZoneInfo("America/St_Johns")
    again = datetime(2010, 11, 6, 23, 30, fold=1, tzinfo=zone)
    morning = datetime(2010, 11, 7, 6, tzinfo=zone)
    hours = {"begin": time(0), "end": time(6)}
    assert quiet_until(again.astimezone(UTC), **hours, zone=zone) == morning
    assert quiet_until(again.astimezone(UTC) - timedelta(hours=1), **hours, zone=zone) is None


def test_an_end_that_the_clocks_skip_comes_as_long_after_the_change() -> None:
    end = quiet_until(berlin(29, 1, month=3), begin=time(22), end=time(2, 30), zone=BERLIN)
    assert end == berlin(29, 3, 30, month=3)


times = st.times(timezones=st.none()).map(lambda each: each.replace(microsecond=0))
moments = st.datetimes(
    datetime(2026, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2027, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)
zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
).map(ZoneInfo)


@given(moments, times, times, zones)
def test_the_end_is_ahead_within_a_day_and_an_hour_and_itself_not_quiet(
    moment: datetime, begin: time, end: time, zone: ZoneInfo
) -> None:
    until = quiet_until(moment, begin=begin, end=end, zone=zone)
    if until is not None:
        assert moment < until <= moment + timedelta(hours=25)
        assert quiet_until(until, begin=begin, end=end, zone=zone) is None


@given(moments, times, times)
def test_without_changes_of_clocks_it_is_the_plain_comparison(
    moment: datetime, begin: time, end: time
) -> None:
    clock = moment.time()
    within = begin <= clock < end if begin < end else begin != end and not end <= clock < begin
    assert (quiet_until(moment, begin=begin, end=end, zone=UTC) is not None) is within
