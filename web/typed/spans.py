"""The spans of time that narrow a list, by their days."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.wall_clock import reached
from services import time_range
from services.errors import Invalid
from services.time_range import Window
from web.translations import gettext as _
from web.translations import marked

_SPANS = {
    "1": (timedelta(days=1), marked("Last 24 hours")),
    "7": (timedelta(days=7), marked("Last 7 days")),
    "30": (timedelta(days=30), marked("Last 30 days")),
    "90": (timedelta(days=90), marked("Last 90 days")),
}


BETWEEN = "between"
"""The word for a first and a last day, which an address has beside it."""


def known(days: str, *, may_be_between: bool = False) -> str:
    """Return the days of an address, or nothing for any time."""
    return days if days in _SPANS or (may_be_between and days == BETWEEN) else ""


def day(text: str) -> date | None:
    """Return the day of an address, or None if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def between(first: date | None, last: date | None, zone: ZoneInfo, *, now: datetime) -> Window:
    """Return the time from the first to the last day, up to now.

    Raise `Invalid` if that is no period, or one that is too long.
    """
    if first is None or last is None:
        raise Invalid({"from": [_("Give the first and the last day.")]})
    try:
        end = min(midnight(last + timedelta(days=1), zone), now)
        return time_range.window(midnight(first, zone), end, now=now)
    except OverflowError as error:
        raise Invalid({"from": [_("There is no such day.")]}) from error


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins. Clocks that change at midnight may skip it."""
    return reached(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001 - a wall time


def start(days: str, *, now: datetime) -> datetime | None:
    """Return when a span begins, or None for any time."""
    return now - _SPANS[days][0] if days else None


def choices() -> list[tuple[str, str]]:
    """Return the spans to choose from."""
    return [("", _("Any time")), *_lengths()]


def choices_of_checks() -> list[tuple[str, str]]:
    """Return the spans to choose from where a list needs some, or a first and a last day."""
    return [*_lengths(), (BETWEEN, _("From … to …"))]


def _lengths() -> list[tuple[str, str]]:
    return [(name, _(label)) for name, (_length, label) in _SPANS.items()]
