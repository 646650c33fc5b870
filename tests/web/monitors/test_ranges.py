"""The span of time that the page of a monitor is about."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from web.monitors import ranges
from web.monitors.ranges import Range

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def read(**given: str) -> Range:
    with Flask(__name__).test_request_context():
        return ranges.read(MultiDict(given), zone=BERLIN, now=NOW)


def test_without_a_word_it_is_the_last_24_hours() -> None:
    asked = read()
    assert (asked.window.start, asked.window.end) == (NOW - timedelta(hours=24), NOW)
    assert asked.query == {}


def test_a_named_range_ends_now() -> None:
    asked = read(range="7d")
    assert asked.window.start == NOW - timedelta(days=7)
    assert asked.query == {"range": "7d"}


def test_custom_days_are_whole_days_of_the_reader_also_when_clocks_change() -> None:
    """On 25 October 2026 a day in Berlin has 25 hours."""
    asked = read(range="custom", **{"from": "2026-10-25", "to": "2026-10-25"})
    assert asked.window.end - asked.window.start == timedelta(hours=25)
    assert asked.query == {"range": "custom", "from": "2026-10-25", "to": "2026-10-25"}


def test_the_present_day_ends_now() -> None:
    asked = read(range="custom", **{"from": "2026-11-02", "to": "2026-11-02"})
    assert (asked.window.end, asked.last) == (NOW, date(2026, 11, 2))


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("", "2026-11-01", "Give the first and the last day."),
        ("2026-11-01", "2026-10-01", "before the end"),
        ("2010-01-01", "2010-01-02", "Older history is not kept"),
        ("0001-01-01", "0001-01-02", "no such day"),
        ("2026-11-01", "9999-12-31", "no such day"),
    ],
)
def test_an_impossible_range_is_refused_in_words(first: str, last: str, words: str) -> None:
    asked = read(range="custom", **{"from": first, "to": last})
    assert words in asked.problem
    assert asked.window.end == NOW


def test_what_nobody_knows_is_the_usual_range() -> None:
    assert read(range="forever").name == "24h"
