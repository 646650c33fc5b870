"""What a user may say of the times of a maintenance window, and what is refused by its field."""

from datetime import UTC, datetime, timedelta

import pytest

from services.errors import Invalid
from services.maintenance import timing as maintenance_timing
from services.maintenance.timing import Times, WantedTimes

NOW = datetime(2026, 11, 24, 12, 0, 30, 250_000, tzinfo=UTC)
HOUR = 3600
DAY = 24 * HOUR


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def checked(**values: object) -> Times:
    wanted = WantedTimes(**{"time_zone": "Europe/Berlin", **values})  # type: ignore[arg-type]
    return maintenance_timing.checked(wanted, now=NOW)


def problems(**values: object) -> list[str]:
    with pytest.raises(Invalid) as caught:
        checked(**values)
    return list(caught.value.problems)


def test_a_window_without_a_start_begins_now() -> None:
    times = checked(duration_seconds=HOUR)
    assert times == Times("Europe/Berlin", local("2026-11-24T13:00:30"), HOUR)
    [occurrence] = times.after(NOW)
    assert occurrence.end == NOW.replace(microsecond=0) + timedelta(hours=1)


def test_now_is_now_also_in_the_second_of_two_equal_hours() -> None:
    now = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    wanted = WantedTimes(time_zone="Europe/Berlin", duration_seconds=60)
    [occurrence] = maintenance_timing.checked(wanted, now=now).after(now)
    assert occurrence.start == now


def test_an_end_is_as_good_as_a_duration() -> None:
    ended = checked(local_start=local("2026-12-01T10:00"), local_end=local("2026-12-01T12:30"))
    assert ended.duration_seconds == 2.5 * HOUR
    assert ended.local_end == local("2026-12-01T12:30")


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2027-03-28T01:00", "2027-03-28T04:00", 2),
        ("2027-10-31T01:00", "2027-10-31T04:00", 4),
        ("2027-10-31T02:30", "2027-10-31T03:00", 1.5),
    ],
)
def test_peer_failure_8_an_end_by_the_clock_counts_the_hours_that_really_pass(
    start: str, end: str, hours: float
) -> None:
    times = checked(local_start=local(start), local_end=local(end))
    assert times.duration_seconds == hours * HOUR


def test_a_weekend_is_two_days_that_follow_without_a_break() -> None:
    times = checked(
        local_start=local("2026-01-03T00:00"),
        duration_seconds=DAY,
        recurrence="FREQ=WEEKLY;BYDAY=SA,SU",
    )
    assert times.recurrence == "FREQ=WEEKLY;BYDAY=SA,SU"
    assert times.local_end is None


def test_a_window_that_ends_by_itself_may_fill_all_of_its_days() -> None:
    times = checked(
        local_start=local("2026-12-01T00:00"), duration_seconds=DAY, recurrence="FREQ=DAILY;COUNT=9"
    )
    assert len(list(times.after(NOW))) == 9


RECURRING = {"local_start": local("2026-01-01T02:30"), "duration_seconds": HOUR}


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"time_zone": "Europe/Atlantis", "duration_seconds": HOUR}, ["time_zone"]),
        ({"time_zone": "../etc/passwd", "duration_seconds": HOUR}, ["time_zone"]),
        ({"time_zone": "", "duration_seconds": HOUR}, ["time_zone"]),
        ({}, ["local_end"]),
        ({"duration_seconds": HOUR, "local_end": local("2026-12-01T10:00")}, ["local_end"]),
        # The end is before the start, or the clocks skip what is between.
        (
            {"local_start": local("2026-12-01T10:00"), "local_end": local("2026-12-01T09:00")},
            ["local_end"],
        ),
        (
            {"local_start": local("2026-12-01T10:00"), "local_end": local("2026-12-01T10:00")},
            ["local_end"],
        ),
        (
            {"local_start": local("2027-03-28T02:30"), "local_end": local("2027-03-28T03:15")},
            ["local_end"],
        ),
        ({"duration_seconds": 59}, ["duration_seconds"]),
        # It never ends.
        ({"duration_seconds": 91 * DAY}, ["duration_seconds"]),
        (
            {"local_start": local("2026-12-01T10:00"), "local_end": local("2027-12-01T10:00")},
            ["local_end"],
        ),
        ({**RECURRING, "duration_seconds": DAY, "recurrence": "FREQ=DAILY"}, ["duration_seconds"]),
        (
            {**RECURRING, "duration_seconds": 2 * HOUR, "recurrence": "FREQ=HOURLY"},
            ["duration_seconds"],
        ),
        (
            {**RECURRING, "duration_seconds": 31 * DAY, "recurrence": "FREQ=MONTHLY"},
            ["duration_seconds"],
        ),
        # It is over, or never comes.
        (
            {"local_start": local("2026-11-24T10:00"), "local_end": local("2026-11-24T12:59")},
            ["local_end"],
        ),
        ({**RECURRING, "local_start": local("2032-01-01T00:00")}, ["local_start"]),
        (
            {**RECURRING, "local_start": local("2015-01-01T00:00"), "recurrence": "FREQ=DAILY"},
            ["local_start"],
        ),
        ({**RECURRING, "recurrence": "FREQ=DAILY;COUNT=3"}, ["recurrence"]),
        ({**RECURRING, "recurrence": "FREQ=DAILY;UNTIL=20260601"}, ["recurrence"]),
        ({**RECURRING, "recurrence": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, ["recurrence"]),
        ({**RECURRING, "recurrence": "FREQ=HOURLY;INTERVAL=24;BYHOUR=5"}, ["recurrence"]),
        # More than five years ahead.
        ({**RECURRING, "recurrence": "FREQ=YEARLY;INTERVAL=8"}, ["recurrence"]),
        ({**RECURRING, "recurrence": "FREQ=SECONDLY"}, ["recurrence"]),
        ({"recurrence": "FREQ=DAILY"}, ["local_start", "duration_seconds"]),
        (
            {**RECURRING, "recurrence": "FREQ=DAILY", "local_end": local("2026-12-01T10:00")},
            ["local_end"],
        ),
    ],
)
def test_times_that_cannot_be_taken_are_named(values: dict[str, object], fields: list[str]) -> None:
    assert problems(**values) == fields
