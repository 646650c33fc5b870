"""What a person types becomes values, and everything that is wrong is told together."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from domain.evaluation.state import Severity
from services.errors import Invalid
from web.typed.fields import Typed, local_time, searched


@pytest.fixture(autouse=True)
def _reader(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


def test_all_problems_are_told_together() -> None:
    typed = Typed(MultiDict({"name": " ", "number": "x", "severity": "worse"}))
    typed.line("name")
    typed.whole("number", 1, 5)
    typed.choice("severity", Severity)
    with pytest.raises(Invalid) as refused:
        typed.refuse()
    assert list(refused.value.problems) == ["name", "number", "severity"]


@pytest.mark.parametrize("text", ["", "0", "6", "-1", "1.5", "x", "9" * 5000, "¹", "0x1"])
def test_a_number_out_of_bounds_is_none(text: str) -> None:
    typed = Typed(MultiDict({"number": text}))
    typed.whole("number", 1, 5)
    assert list(typed.problems) == ["number"]


@pytest.mark.parametrize("text", ["a\nb", "a\0b", "x" * 101, "\u2028"])
def test_a_name_is_one_short_line(text: str) -> None:
    typed = Typed(MultiDict({"name": text}))
    typed.line("name")
    assert list(typed.problems) == ["name"]


@pytest.mark.parametrize(
    "read",
    [
        lambda typed: typed.uuid("it"),
        lambda typed: typed.time_of_day("it"),
        lambda typed: typed.local_time("it"),
        lambda typed: typed.one_of("it", ["a"]),
    ],
)
def test_nonsense_is_a_problem_and_no_failure(read: Callable[[Typed], object]) -> None:
    for text in ("x", "\0", "25:00", "2026-13-01T00:00", "1999-01-01T00:00", "24"):
        typed = Typed(MultiDict({"it": text}))
        read(typed)
        assert list(typed.problems) == ["it"]


def test_times_are_those_of_the_clock_in_a_zone() -> None:
    typed = Typed(MultiDict({"at": "22:30", "when": "2026-03-29T02:30"}))
    assert typed.time_of_day("at") == time(22, 30)
    # This time is skipped: the clocks change to summer time at that moment.
    berlin = ZoneInfo("Europe/Berlin")
    assert typed.moment("when", berlin) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert typed.problems == {}


def test_what_has_a_zone_is_no_local_time() -> None:
    assert local_time("2026-03-29T02:30+01:00") is None


def test_a_search_can_be_looked_for() -> None:
    assert searched(" a\0b ") == "ab"
    assert len(searched("x" * 1000)) == 100
