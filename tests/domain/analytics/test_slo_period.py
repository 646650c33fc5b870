"""Periods and their days, on the days when clocks change too."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.analytics.slo_period import Calendar, CalendarUnit, Rolling, days
from domain.analytics.uptime import Span

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = 3600, 86_400
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo"]
).map(ZoneInfo)
_FIRST, _LAST = (datetime(year, 1, 2) for year in (2000, 2037))  # noqa: DTZ001 - given a zone below
MOMENTS = st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))


def at(year: int, month: int, day: int) -> datetime:
    """Return a midnight in Berlin."""
    return datetime(year, month, day, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("unit", "begin", "end"),
    [
        (CalendarUnit.WEEK, at(2026, 3, 23), at(2026, 3, 30)),
        (CalendarUnit.MONTH, at(2026, 3, 1), at(2026, 4, 1)),
        (CalendarUnit.QUARTER, at(2026, 1, 1), at(2026, 4, 1)),
    ],
)
def test_a_period_of_the_calendar_lasts_from_midnight_to_midnight_and_an_hour_less_in_spring(
    unit: CalendarUnit, begin: datetime, end: datetime
) -> None:
    found = Calendar(unit).around(datetime(2026, 3, 29, 12, tzinfo=UTC), BERLIN)
    assert found == (begin.timestamp(), end.timestamp())
    assert found.end - found.start == (end - begin).days * DAY - HOUR


def test_the_last_quarter_of_a_year_ends_in_the_next() -> None:
    found = Calendar(CalendarUnit.QUARTER).around(datetime(2026, 12, 31, tzinfo=UTC), UTC)
    assert found == (
        datetime(2026, 10, 1, tzinfo=UTC).timestamp(),
        datetime(2027, 1, 1, tzinfo=UTC).timestamp(),
    )


@given(MOMENTS, ZONES, st.sampled_from(CalendarUnit))
def test_periods_of_the_calendar_follow_each_other_without_a_gap(
    moment: datetime, zone: ZoneInfo, unit: CalendarUnit
) -> None:
    period = Calendar(unit)
    found = period.around(moment, zone)
    assert found.start <= moment.timestamp() < found.end
    following = period.around(datetime.fromtimestamp(found.end, UTC), zone)
    assert following.start == found.end


@given(MOMENTS, ZONES, st.integers(1, 90))
def test_the_days_of_a_period_are_the_whole_of_it(
    moment: datetime, zone: ZoneInfo, length: int
) -> None:
    period = Rolling(length).around(moment, zone)
    found = days(period, zone)
    assert (found[0].span.start, found[-1].span.end) == period
    for before, after in pairwise(found):
        assert before.span.end == after.span.start
        assert after.day - before.day == timedelta(days=1)
    assert all(datetime.fromtimestamp(each.span.start, zone).date() == each.day for each in found)


def test_a_day_has_25_hours_when_clocks_go_back() -> None:
    noon = datetime(2026, 10, 24, 12, tzinfo=BERLIN).timestamp()
    found = days(Span(noon, noon + 2 * DAY), BERLIN)
    assert [(each.span.end - each.span.start) / HOUR for each in found] == [12, 25, 11]
