"""Local times as moments, on the days when clocks change too."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.maintenance import Occurrence, instant, longest_span, occurrences

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
HOUR = timedelta(hours=1)

minutes = st.integers(0, 400 * 24 * 60)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "wall", "moment"),
    [
        (BERLIN, "2026-01-15T02:30", "2026-01-15T01:30"),
        (BERLIN, "2026-07-15T02:30", "2026-07-15T00:30"),
        # 02:00 to 03:00 is skipped: what is meant is half an hour after 02:00.
        (BERLIN, "2026-03-29T01:59", "2026-03-29T00:59"),
        (BERLIN, "2026-03-29T02:00", "2026-03-29T01:00"),
        (BERLIN, "2026-03-29T02:30", "2026-03-29T01:30"),
        (BERLIN, "2026-03-29T03:30", "2026-03-29T01:30"),
        # 02:00 to 03:00 comes twice: the first is meant.
        (BERLIN, "2026-10-25T01:30", "2026-10-24T23:30"),
        (BERLIN, "2026-10-25T02:30", "2026-10-25T00:30"),
        (BERLIN, "2026-10-25T03:00", "2026-10-25T02:00"),
        (NEW_YORK, "2026-03-08T02:30", "2026-03-08T07:30"),
        (NEW_YORK, "2026-11-01T01:30", "2026-11-01T05:30"),
        # Half an hour is skipped there.
        (LORD_HOWE, "2026-10-04T02:15", "2026-10-03T15:45"),
        (LORD_HOWE, "2026-10-04T02:45", "2026-10-03T15:45"),
    ],
)
def test_peer_failure_8_a_local_time_is_the_right_moment_also_when_clocks_change(
    zone: ZoneInfo, wall: str, moment: str
) -> None:
    assert instant(local(wall), zone) == utc(moment)


def test_the_fold_of_a_given_time_does_not_matter() -> None:
    wall = local("2026-10-25T02:30")
    assert instant(wall.replace(fold=1), BERLIN) == instant(wall, BERLIN)


def nights(first: str, count: int, hour: int, minute: int) -> list[datetime]:
    day = local(first)
    return [day + timedelta(days=n, hours=hour, minutes=minute) for n in range(count)]


def test_peer_failure_8_a_nightly_window_lasts_as_long_in_the_spring_night() -> None:
    found = list(occurrences(nights("2026-03-28", 3, 2, 30), BERLIN, HOUR))
    assert [(each.start, each.end) for each in found] == [
        (utc("2026-03-28T01:30"), utc("2026-03-28T02:30")),
        (utc("2026-03-29T01:30"), utc("2026-03-29T02:30")),
        (utc("2026-03-30T00:30"), utc("2026-03-30T01:30")),
    ]


def test_peer_failure_8_a_nightly_window_comes_once_in_the_autumn_night() -> None:
    found = list(occurrences(nights("2026-10-24", 3, 2, 30), BERLIN, HOUR))
    assert [(each.start, each.end) for each in found] == [
        (utc("2026-10-24T00:30"), utc("2026-10-24T01:30")),
        (utc("2026-10-25T00:30"), utc("2026-10-25T01:30")),
        (utc("2026-10-26T01:30"), utc("2026-10-26T02:30")),
    ]


def test_two_local_times_that_are_one_moment_are_one_occurrence() -> None:
    skipped_and_not = [local("2026-03-29T02:30"), local("2026-03-29T03:30")]
    assert len(list(occurrences(skipped_and_not, BERLIN, HOUR))) == 1


@given(
    st.lists(minutes, max_size=20).map(sorted),
    st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, ZoneInfo("UTC")]),
    st.integers(1, 3000),
)
def test_occurrences_are_in_order_and_last_as_long_as_they_should(
    starts: list[int], zone: ZoneInfo, length: int
) -> None:
    walls = [local("2026-01-01T00:00") + timedelta(minutes=each) for each in starts]
    duration = timedelta(minutes=length)
    found = list(occurrences(walls, zone, duration))
    assert all(each.end - each.start == duration for each in found)
    assert all(a.start < b.start for a, b in pairwise(found))
    assert {each.start for each in found} <= {instant(wall, zone) for wall in walls}


@pytest.mark.parametrize(
    ("starts", "hours"), [([], 0), ([0], 2), ([0, 3], 2), ([0, 2], 4), ([0, 1, 2, 5], 4)]
)
def test_what_follows_without_a_break_is_one_stretch(starts: list[int], hours: int) -> None:
    midnight = utc("2026-01-01T00:00")
    found = [Occurrence(midnight + n * HOUR, midnight + (n + 2) * HOUR) for n in starts]
    assert longest_span(found) == hours * HOUR
