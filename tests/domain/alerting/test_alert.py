"""What a message says of how long it took."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alerting.alert import Alert, AlertEvent, spoken_duration

_SECONDS = {"d": 86_400, "h": 3600, "min": 60, "s": 1}


@pytest.mark.parametrize(
    ("seconds", "spoken"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (1, "1 s"),
        (42, "42 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h"),
        (3605, "1 h"),
        (7500, "2 h 5 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d"),
        (90_000, "1 d 1 h"),
        (400 * 86_400 + 59, "400 d"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(seconds: float, spoken: str) -> None:
    assert spoken_duration(timedelta(seconds=seconds)) == spoken


@given(st.integers(0, 500 * 86_400))
def test_a_spoken_duration_is_right_to_its_smaller_unit(seconds: int) -> None:
    words = spoken_duration(timedelta(seconds=seconds)).split()
    counts = [int(count) for count in words[::2]]
    sizes = [_SECONDS[unit] for unit in words[1::2]]
    said = sum(count * size for count, size in zip(counts, sizes, strict=True))
    largest = list(_SECONDS.values()).index(sizes[0])
    precision = list(_SECONDS.values())[min(largest + 1, 3)]
    assert 0 <= seconds - said < precision
    assert sizes == sorted(sizes, reverse=True)


def _alert(ended_at: datetime | None) -> Alert:
    return Alert(
        key="k",
        outage_key="k0",
        event=AlertEvent.UP if ended_at else AlertEvent.DOWN,
        monitor_name="Shop",
        url="https://shop.example/",
        cause="Answered 500.",
        started_at=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
        ended_at=ended_at,
        link="https://monitor.example/",
    )


def test_an_outage_that_goes_on_has_no_duration() -> None:
    assert _alert(None).duration is None


def test_the_duration_runs_from_the_first_failing_check_to_the_recovery() -> None:
    assert _alert(datetime(2026, 3, 1, 12, 12, tzinfo=UTC)).duration == timedelta(minutes=12)
