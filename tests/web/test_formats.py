"""Times, durations and numbers in the languages and the zone of the reader."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from web import formats
from web.translations import gettext as _

EVENING = datetime(2026, 12, 1, 21, 31, 4, tzinfo=UTC)
Said = Callable[[], object]


@contextmanager
def _reader(locale: str, zone: str = "Europe/Berlin") -> Iterator[None]:
    cookie = f"locale={locale}; zone={zone}"
    with Flask(__name__).test_request_context(headers={"Cookie": cookie}):
        yield


def _words(shown: object) -> str:
    return BeautifulSoup(str(shown), "html.parser").get_text()


@pytest.mark.parametrize(
    ("said", "english", "german"),
    [
        (lambda: formats.when(EVENING), "1 Dec 2026, 22:31:04", "1. Dez. 2026, 22:31:04"),
        (lambda: formats.when_planned(EVENING), "1 Dec 2026, 22:31", "1. Dez. 2026, 22:31"),
        (lambda: formats.at_time(EVENING), "22:31:04", "22:31:04"),
        (lambda: formats.on_day(EVENING), "1 Dec 2026", "1. Dez. 2026"),
        (lambda: formats.on_day(date(2026, 3, 9)), "9 Mar 2026", "9. März 2026"),
        (lambda: formats.day(date(2026, 11, 30)), "30 Nov", "30. Nov."),
        (lambda: formats.weekday(date(2026, 11, 30)), "Mon 30 Nov", "Mo., 30. Nov."),
        (lambda: formats.weekday_time(EVENING), "Tue 22:31", "Di 22:31"),
        (lambda: formats.month(date(2026, 12, 1)), "December 2026", "Dezember 2026"),
        (lambda: formats.weekdays()[0], "Mon", "Mo."),
        (
            lambda: formats.span_in(EVENING, EVENING + timedelta(hours=1), "Asia/Tokyo"),
            "2 Dec 2026, 06:31 \N{EN DASH} 07:31",
            "2. Dez. 2026, 06:31 \N{EN DASH} 07:31",
        ),
        (
            lambda: formats.span_in(EVENING, EVENING + timedelta(hours=4), "UTC"),
            "1 Dec 2026, 21:31 \N{EN DASH} 2 Dec 2026, 01:31",
            "1. Dez. 2026, 21:31 \N{EN DASH} 2. Dez. 2026, 01:31",
        ),
        (lambda: formats.figure(1234.5), "1,234.5", "1.234,5"),
        (lambda: formats.figure(1_900_000), "1,900,000", "1.900.000"),
        (lambda: formats.percent(0.99974), "99.97 %", "99,97 %"),
        (lambda: formats.percent(0.999999), "99.99 %", "99,99 %"),
        (lambda: formats.milliseconds(1234), "1,234 ms", "1.234 ms"),
        (lambda: formats.milliseconds(12_345), "12.3 s", "12,3 s"),
        (lambda: formats.lasting(12_000), "3 h 20 min", "3 h 20 min"),
        (lambda: formats.lasting(timedelta(days=2)), "2 d", "2 d"),
    ],
)
def test_each_language_writes_times_and_numbers_its_way(
    said: Said, english: str, german: str
) -> None:
    for locale, expected in (("en", english), ("de", german)):
        with _reader(locale):
            assert _words(said()).replace("\N{NO-BREAK SPACE}", " ") == expected


def test_how_long_ago_stands_where_the_language_has_it() -> None:
    moment = datetime.now(UTC) - timedelta(minutes=12, seconds=5)
    for locale, expected in (("en", "12 min ago"), ("de", "vor 12 min")):
        with _reader(locale):
            assert _words(_("%(time)s ago") % {"time": formats.ago(moment)}) == expected


def test_the_full_time_names_month_and_zone() -> None:
    with _reader("de"):
        assert "1. Dezember 2026" in str(formats.when(EVENING))
        assert "MEZ" in str(formats.when(EVENING))


def test_the_zone_of_the_reader_decides_the_day() -> None:
    with _reader("de", "Asia/Tokyo"):
        assert formats.on_day(EVENING) == "2. Dez. 2026"
