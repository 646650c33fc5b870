"""Times on the wall as moments: in order, also on the days when clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.wall_clock import Clock, reached, shown

BERLIN = ZoneInfo("Europe/Berlin")
HAVANA = ZoneInfo("America/Havana")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
APIA = ZoneInfo("Pacific/Apia")
TROLL = ZoneInfo("Antarctica/Troll")
ZONES = [ZoneInfo("UTC"), BERLIN, HAVANA, LORD_HOWE, APIA, TROLL]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "time", "moment"),
    [
        (BERLIN, "2026-01-15T02:30", "2026-01-15T01:30"),
        (BERLIN, "2026-07-15T02:30", "2026-07-15T00:30"),
        # 02:00 to 03:00 is skipped: all of it is reached when clocks are set forward.
        (BERLIN, "2026-03-29T01:59:59", "2026-03-29T00:59:59"),
        (BERLIN, "2026-03-29T02:00", "2026-03-29T01:00"),
        (BERLIN, "2026-03-29T02:30", "2026-03-29T01:00"),
        (BERLIN, "2026-03-29T03:00", "2026-03-29T01:00"),
        (BERLIN, "2026-03-29T03:15", "2026-03-29T01:15"),
        # 02:00 to 03:00 comes twice: the first is when it is reached.
        (BERLIN, "2026-10-25T02:30", "2026-10-25T00:30"),
        (BERLIN, "2026-10-25T03:00", "2026-10-25T02:00"),
        # Midnight is skipped there.
        (HAVANA, "2026-03-08T00:00", "2026-03-08T05:00"),
        (HAVANA, "2026-03-08T00:59", "2026-03-08T05:00"),
        # Half an hour, two hours, and a whole day.
        (LORD_HOWE, "2026-10-04T02:15", "2026-10-03T15:30"),
        (TROLL, "2026-03-29T02:59", "2026-03-29T01:00"),
        (APIA, "2011-12-30T12:00", "2011-12-30T10:00"),
        (APIA, "2011-12-31T00:00", "2011-12-30T10:00"),
    ],
)
def test_a_time_on_the_wall_is_reached_at_the_first_moment_that_shows_it_or_a_later_one(
    zone: ZoneInfo, time: str, moment: str
) -> None:
    assert reached(wall(time), zone) == utc(moment)


walls = st.integers(0, 2 * 366 * 24 * 60).map(
    lambda minutes: wall("2026-01-01") + timedelta(minutes=minutes)
)


@given(walls, st.sampled_from(ZONES))
@example(wall("2026-03-29T02:30"), BERLIN)
@example(wall("2026-10-25T02:30"), BERLIN)
def test_what_is_reached_is_shown_then_and_was_not_a_second_before(
    time: datetime, zone: ZoneInfo
) -> None:
    moment = reached(time, zone)
    assert shown(moment, zone) >= time
    assert shown(moment - timedelta(seconds=1), zone) < time


@given(walls, st.integers(0, 3 * 60), st.sampled_from(ZONES))
@example(wall("2026-03-29T02:30"), 45, BERLIN)
def test_a_later_time_is_never_reached_before_an_earlier_one(
    time: datetime, minutes: int, zone: ZoneInfo
) -> None:
    assert reached(time, zone) <= reached(time + timedelta(minutes=minutes), zone)


@given(st.lists(walls, min_size=1, max_size=20), st.sampled_from(sorted(available_timezones())))
@example([wall("2026-03-29T02:30"), wall("2026-03-29T00:00"), wall("2026-03-30T00:00")], BERLIN.key)
@example([wall("2026-03-08T00:30"), wall("2026-03-07T23:59")], HAVANA.key)
@example([wall("2011-12-29T12:00"), wall("2011-12-30T12:00")], APIA.key)
def test_a_clock_that_knows_a_day_says_the_same_as_the_zone(
    times: list[datetime], zone: str
) -> None:
    clock = Clock(ZoneInfo(zone))
    for each in times:
        moment = reached(each, ZoneInfo(zone))
        assert clock.reached(each) == moment
        assert clock.shown(moment) == shown(moment, ZoneInfo(zone))
