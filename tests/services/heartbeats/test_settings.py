"""What may be set for a heartbeat, and what is refused with a reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from pydantic import ValidationError

from services.heartbeats.settings import HeartbeatSettings

T = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_a_period_counts_from_the_last_ping() -> None:
    expected = HeartbeatSettings(period_seconds=60).after(T)
    assert expected.expected_at == T + timedelta(minutes=1)
    assert expected.deadline_at == T + timedelta(minutes=6)


@limits(deadline=None)
@given(
    offset=st.integers(0, 366 * 86_400),
    expression=st.sampled_from(["* * * * *", "30 2 * * *", "0 0 29 2 *", "*/7 */5 * * 0"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]),
)
def test_each_expected_ping_leads_to_a_later_one(offset: int, expression: str, zone: str) -> None:
    settings = HeartbeatSettings(cron=expression, time_zone=zone)
    first = settings.after(T + timedelta(seconds=offset))
    second = settings.after(first.expected_at)
    assert first.expected_at < second.expected_at
    assert first.deadline_at == first.expected_at + timedelta(minutes=5)


def test_what_is_stored_can_be_read_again() -> None:
    settings = HeartbeatSettings(cron=" 30  3 * * mon-fri ", time_zone="Europe/Berlin")
    assert settings.cron == "30 3 * * mon-fri"
    assert HeartbeatSettings.model_validate(settings.model_dump(mode="json")) == settings


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"period_seconds": None},
        {"period_seconds": 60, "cron": "* * * * *"},
        {"period_seconds": 29},
        {"period_seconds": 10**9},
        {"period_seconds": "60"},
        {"period_seconds": 60.5},
        {"period_seconds": True},
        {"period_seconds": 60, "grace_seconds": 29},
        {"period_seconds": 60, "grace_seconds": 10**9},
        {"period_seconds": 60, "grace_seconds": None},
        {"period_seconds": 60, "time_zone": "Europe/Berlin"},
        {"cron": ""},
        {"cron": "* * * *"},
        {"cron": "0 0 31 2 *"},
        {"cron": "* * * * *; rm -rf /"},
        {"cron": "1" * 500},
        {"cron": "* * * * *", "time_zone": "Mars/Olympus"},
        {"cron": "* * * * *", "time_zone": "../../etc/localtime"},
        {"period_seconds": 60, "url": "https://shop.test/"},
    ],
)
def test_what_says_no_time_or_two_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HeartbeatSettings.model_validate(values)
