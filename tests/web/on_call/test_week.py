"""The grid of a week: people in rows, in quarters of an hour, in the zone of the reader."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from models import OnCallOverride
from services.on_call.rota import ShiftView
from web.on_call import week as weeks
from web.on_call.week import Grid

ANN, BOB = uuid.uuid4(), uuid.uuid4()
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 12, 7)
NOW = datetime(2026, 12, 9, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _reader(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


def shift(start: datetime, end: datetime, who: uuid.UUID | None, name: str | None) -> ShiftView:
    return ShiftView(start, end, who, name)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


def grid(*shifts: ShiftView, overrides: tuple[OnCallOverride, ...] = ()) -> Grid:
    return weeks.grid(weeks.of_day(MONDAY, UTC), shifts, overrides, now=NOW)


def parts(shown: Grid, row: int) -> list[tuple[str, float]]:
    return [(part["kind"], part["hours"]) for part in shown.rows[row]["parts"]]


def test_each_row_fills_the_week() -> None:
    shown = grid(
        shift(at(7), at(9, 9), ANN, "Ann"),
        shift(at(9, 9), at(10, 9), None, None),
        shift(at(10, 9), at(14), BOB, "Bob"),
    )
    assert [row["name"] for row in shown.rows] == ["Nobody", "Ann", "Bob"]
    assert parts(shown, 0) == [("free", 57), ("gap", 24), ("free", 87)]
    assert parts(shown, 1) == [("shift", 57), ("free", 111)]
    assert parts(shown, 2) == [("free", 81), ("shift", 87)]
    assert len(shown.gaps) == 1


def test_an_override_is_cut_out_of_the_shift_of_its_contact() -> None:
    override = OnCallOverride(starts_at=at(8), ends_at=at(9))
    shown = grid(shift(at(7), at(14), ANN, "Ann"), overrides=(override,))
    assert parts(shown, 0) == [("shift", 24), ("override", 24), ("shift", 120)]


def test_minutes_are_rounded_to_quarters_and_nothing_overlaps() -> None:
    shown = grid(shift(at(7), at(7, 10, 7), ANN, "Ann"), shift(at(7, 10, 7), at(14), BOB, "Bob"))
    assert parts(shown, 0) == [("shift", 10), ("free", 158)]
    assert parts(shown, 1) == [("free", 10), ("shift", 158)]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_the_day_on_which_clocks_change_has_its_hours(day: date, hours: int) -> None:
    week = weeks.of_day(day, BERLIN)
    whole = shift(week.start, week.end, ANN, "Ann")
    shown = weeks.grid(week, [whole], (), now=NOW)
    assert [each["hours"] for each in shown.days] == [24] * 6 + [hours]
    assert parts(shown, 0) == [("shift", 144 + hours)]
    assert len(shown.clock_changes) == 1


@pytest.mark.parametrize("text", ["", "soon", "9999-12-31", "0001-01-01", "2026-13-01"])
def test_an_address_that_names_no_near_day_shows_this_week(text: str) -> None:
    assert weeks.asked(text, NOW, UTC).monday == MONDAY


def test_an_address_names_a_week_by_any_of_its_days() -> None:
    week = weeks.asked("2026-12-20", NOW, UTC)
    assert (week.monday, week.last_day - week.monday) == (date(2026, 12, 14), timedelta(days=6))
