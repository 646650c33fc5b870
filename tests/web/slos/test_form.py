"""The form of an SLO: fields that do not belong to what was chosen are left out."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from domain.analytics.slo_period import CalendarUnit
from models.slo import Indicator
from services.errors import Invalid
from web.slos import form

TYPED = {
    "name": "Shop",
    "scope": "tag",
    "monitor_id": "00000000-0000-0000-0000-000000000001",
    "tag": "shop",
    "indicator": "availability",
    "threshold_ms": "300",
    "target_percent": "99,95",
    "period": "month",
    "rolling_days": "7",
    "time_zone": "Europe/Berlin",
}


@pytest.fixture(autouse=True)
def _reader(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


def test_what_was_not_chosen_is_left_out() -> None:
    found = form.read(MultiDict(TYPED))
    assert (found.tag, found.monitor_id) == ("shop", None)
    assert (found.calendar, found.rolling_days) == (CalendarUnit.MONTH, None)
    assert (found.indicator, found.threshold_ms) == (Indicator.AVAILABILITY, None)
    assert found.target_percent == 99.95
    other = {"scope": "monitor", "period": "rolling", "indicator": "latency"}
    found = form.read(MultiDict({**TYPED, **other}))
    assert str(found.monitor_id) == TYPED["monitor_id"]
    assert (found.tag, found.calendar, found.rolling_days) == (None, None, 7)
    assert found.threshold_ms == 300


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("scope", "some"),
        ("period", "year"),
        ("target_percent", "nan"),
        ("target_percent", "100"),
        ("tag", ""),
    ],
)
def test_what_cannot_be_read_is_named(name: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        form.read(MultiDict({**TYPED, name: text}))
    assert list(refused.value.problems) == [name]


def test_a_new_slo_is_of_the_monitor_that_led_here() -> None:
    found = form.filled(None, zone="Europe/Berlin", monitor="x")
    assert (found["scope"], found["monitor_id"], found["time_zone"]) == (
        "monitor",
        ["x"],
        "Europe/Berlin",
    )
