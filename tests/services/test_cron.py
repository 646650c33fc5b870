"""When cron expressions come due, also on the days when clocks are changed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import cron

WINTER = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
"""The day before the clocks of Berlin go forward, at 2 o'clock."""
AUTUMN = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
"""The day before they go back, at 3 o'clock."""

expressions = st.sampled_from(
    ["* * * * *", "*/5 * * * *", "30 2 * * *", "0 */2 * * *", "15 3 * * 1-5", "0 0 1 * *"]
)
zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
)
moments = st.one_of(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware by hypothesis
    # In these days clocks change where they do.
    st.sampled_from([WINTER, AUTUMN, datetime(2026, 10, 31, 12, 0, tzinfo=UTC)]).flatmap(
        lambda day: st.integers(0, 36 * 60).map(lambda minutes: day + timedelta(minutes=minutes))
    ),
)


def following(expression: str, zone: str, moment: datetime, count: int) -> list[str]:
    times = []
    for _ in range(count):
        moment = cron.next_after(expression, zone, moment)
        times.append(f"{moment:%d %H:%M}")
    return times


def test_an_expression_is_read_in_its_time_zone() -> None:
    noon = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    assert cron.next_after("30 3 * * *", "Europe/Berlin", noon) == datetime(
        2026, 7, 2, 1, 30, tzinfo=UTC
    )


def test_a_time_that_the_clocks_skip_comes_right_after() -> None:
    assert following("30 2 * * *", "Europe/Berlin", WINTER, 2) == ["29 01:00", "30 00:30"]


def test_a_time_that_the_clocks_repeat_comes_once() -> None:
    assert following("30 2 * * *", "Europe/Berlin", AUTUMN, 2) == ["25 00:30", "26 01:30"]


@pytest.mark.parametrize("minute", [0, 29, 30, 59])
def test_within_the_repeated_hour_what_came_in_the_first_is_over(minute: int) -> None:
    again = datetime(2026, 10, 25, 1, minute, tzinfo=UTC)
    assert following("30 2 * * *", "Europe/Berlin", again, 1) == ["26 01:30"]


def test_a_job_of_each_half_hour_keeps_its_pace_when_clocks_change() -> None:
    start = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    times = following("*/30 * * * *", "Europe/Berlin", start, 4)
    assert times == ["25 00:30", "25 01:00", "25 01:30", "25 02:00"]


@given(expression=expressions, zone=zones, moment=moments)
def test_the_next_time_is_always_later_and_the_first_one(
    expression: str, zone: str, moment: datetime
) -> None:
    due = cron.next_after(expression, zone, moment)
    assert due > moment
    assert due.tzinfo is UTC
    between = moment + (due - moment) / 2
    assert cron.next_after(expression, zone, between) == due


@given(expression=expressions, zone=zones, moment=moments)
def test_no_two_runs_of_a_daily_job_are_more_than_a_day_and_an_hour_apart(
    expression: str, zone: str, moment: datetime
) -> None:
    if not expression.endswith("* * *"):
        return
    first = cron.next_after(expression, zone, moment)
    second = cron.next_after(expression, zone, first)
    assert timedelta() < second - first <= timedelta(hours=25)


@pytest.mark.parametrize(
    "expression",
    ["", "* * * *", "* * * * * *", "@daily", "* * * *  \u0661", "x" * 200, "\n\n\n\n\n"],
)
def test_what_has_not_five_fields_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="five fields"):
        cron.checked(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "a b c d e",
    ],
)
def test_what_no_clock_shows_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="Not a valid cron expression"):
        cron.next_after(cron.checked(expression), "UTC", WINTER)


def test_what_no_calendar_has_is_refused() -> None:
    with pytest.raises(ValueError, match="cron expression"):
        cron.next_after("0 0 31 2 *", "UTC", WINTER)


@pytest.mark.parametrize("name", ["", "Berlin", "europe/berlin", "../etc/passwd", "UTC\0", "CET0"])
def test_only_zones_of_the_database_are_taken(name: str) -> None:
    with pytest.raises(ValueError, match="time zone does not exist"):
        cron.zone(name)
