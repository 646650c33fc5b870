"""Times, durations and numbers as the reader writes them."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from markupsafe import Markup

from web.preferences import PSEUDO, current
from web.translations import gettext as _

_MINUTE = 60
_NONE = "\N{EN DASH}"
_FLOAT_ERROR = 1e-6
_MOST_KEPT = 4096
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def when(moment: datetime) -> Markup:
    """Return a moment in the zone of the reader, such as `1 Dec 2026, 22:31:04`."""
    return _time(moment, _in_full(_local(moment)))


def when_planned(moment: datetime) -> Markup:
    """Return a moment that somebody chose, which needs no seconds: `1 Dec 2026, 22:31`."""
    return _time(moment, _in_full(_local(moment), "short"))


def at_time(moment: datetime) -> Markup:
    """Return the time of a day in the zone of the reader, such as `22:31:04`."""
    return _time(moment, dates.format_time(_local(moment), "medium", locale=_locale()))


def on_day(day: date | datetime) -> str:
    """Return a day, such as `1 Dec 2026`."""
    return _date(_local(day).date() if isinstance(day, datetime) else day)


def day(shown: date) -> str:
    """Return a day without its year, such as `30 Nov`."""
    return _named("MMMd", shown)


def weekday(shown: date) -> str:
    """Return a day with its weekday, such as `Mon 30 Nov`."""
    return _named("MMMEd", shown)


def clock_time(moment: datetime) -> str:
    """Return the time of a day without seconds, such as `22:31`, in the zone of the reader."""
    return dates.format_time(_local(moment), "short", locale=_locale())


def weekday_time(moment: datetime) -> str:
    """Return a time within a week, such as `Mon 22:31`, in the zone of the reader."""
    name = dates.format_skeleton("E", _local(moment), locale=_locale())
    return f"{name} {clock_time(moment)}"


def ago(moment: datetime, exact: bool = True) -> Markup:  # noqa: FBT001, FBT002 - a filter
    """Return how long a moment is past, or will take, such as `12 min`. A script keeps it true.

    The exact moment is its title, unless it is left out for lists of monitors, where it would be most of a row.
    """
    seconds = abs((datetime.now(UTC) - moment).total_seconds())
    if seconds >= _MINUTE:
        seconds -= seconds % _MINUTE
    if exact:
        return _time(moment, lasting(seconds), relative=True)
    return Markup('<time datetime="{}">{}</time>').format(_written(moment), lasting(seconds))


def lately(moment: datetime) -> Markup:
    """Return a moment of these days: its time if it is of today, else `30 Nov, 22:31`."""
    return _time(moment, short_moment(moment))


def short_moment(moment: datetime) -> str:
    """Return the same as text that goes into a sentence."""
    local = _local(moment)
    is_today = local.date() == _local(datetime.now(UTC)).date()
    return clock_time(moment) if is_today else f"{day(local.date())}, {clock_time(moment)}"


def soon(moment: datetime) -> Markup:
    """Return a moment of these days with its weekday, such as `Wed 2 Dec, 08:00`."""
    return _time(moment, f"{weekday(_local(moment).date())}, {clock_time(moment)}")


def month(first: date) -> str:
    """Return a month, such as `December 2026`."""
    return _named("yMMMM", first)


def weekdays() -> list[str]:
    """Return the short names of the days of a week, from Monday on."""
    names = dates.get_day_names("abbreviated", locale=_locale())
    return [names[number] for number in range(7)]


def span_in(start: datetime, end: datetime, zone_name: str) -> str:
    """Return a planned span in some zone, such as `03:00` to `04:00` on one day."""
    zone = ZoneInfo(zone_name)
    first, last = start.astimezone(zone), end.astimezone(zone)
    if first.date() == last.date():
        until = dates.format_time(last, "short", tzinfo=zone, locale=_locale())
    else:
        until = _in_full(last, "short")
    return f"{_in_full(first, 'short')} {_NONE} {until}"


def lasting(length: float | timedelta) -> str:
    """Return a length of time in its two largest units, such as `3 h 20 min`."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    rest, parts = round(seconds), []
    for unit, size in _UNITS:
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {_(unit)}")
        if len(parts) == 2 or (parts and size == 1) or (parts and not number):  # noqa: PLR2004
            break
    return " ".join(parts) or f"0 {_('s')}"


def about(length: timedelta) -> str:
    """Return a length of time in its largest unit, such as `3 h`."""
    seconds = int(length.total_seconds())
    size = next((size for _unit, size in _UNITS if seconds >= size), 1)
    return lasting(seconds - seconds % size)


def figure(number: float) -> str:
    """Return a number with the separators of the reader."""
    return _decimal_in(_locale(), number)


def percent(ratio: float | None) -> str:
    """Return a ratio in hundredths, with as many digits as an uptime needs: `99.97 %`.

    It is never rounded up to 100 %, and None is a dash.
    """
    if ratio is None:
        return _NONE
    rounded_down = math.floor(ratio * 10_000 + _FLOAT_ERROR) / 10_000
    return _percent_in(_locale(), rounded_down)


def milliseconds(length: float | None) -> str:
    """Return a latency in milliseconds, or in seconds from ten of them on; None is a dash."""
    if length is None:
        return _NONE
    if length >= 10_000:  # noqa: PLR2004 - ten seconds
        return f"{numbers.format_decimal(length / 1000, '0.0', locale=_locale())} s"
    return f"{_decimal_in(_locale(), round(length))} ms"


def _in_full(local: datetime, precision: Literal["short", "medium"] = "medium") -> str:
    time = dates.format_time(local, precision, tzinfo=local.tzinfo, locale=_locale())
    joined = dates.get_datetime_format("medium", locale=_locale())
    return str(joined).format(time, _date(local.date()))


def _date(shown: date) -> str:
    """Name the month in all languages: no reader then takes it for the day."""
    return _named("yMMMd", shown)


def _named(skeleton: str, shown: date) -> str:
    return _named_in(_locale(), skeleton, shown)


# A page names and writes the same few things hundreds of times, which takes Babel long.
@lru_cache(maxsize=_MOST_KEPT)
def _named_in(locale: Locale, skeleton: str, shown: date) -> str:
    return dates.format_skeleton(skeleton, shown, locale=locale)


@lru_cache(maxsize=_MOST_KEPT)
def _decimal_in(locale: Locale, number: float) -> str:
    return numbers.format_decimal(number, locale=locale)


@lru_cache(maxsize=_MOST_KEPT)
def _percent_in(locale: Locale, ratio: float) -> str:
    return numbers.format_percent(ratio, "0.00\N{NO-BREAK SPACE}%", locale=locale)


def _time(moment: datetime, text: str, *, relative: bool = False) -> Markup:
    full = dates.format_datetime(_local(moment), "long", locale=_locale())
    kind = Markup(" data-ago") if relative else ""
    return Markup('<time datetime="{}" title="{}"{}>{}</time>').format(
        _written(moment), full, kind, text
    )


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _local(moment: datetime) -> datetime:
    return moment.astimezone(current().zone)


def _locale() -> Locale:
    return _parsed(current().locale)


@cache
def _parsed(name: str) -> Locale:
    return Locale.parse("en_GB" if name in {"en", *PSEUDO} else name)


FILTERS: Mapping[str, Callable[..., object]] = {
    "when": when,
    "at_time": at_time,
    "on_day": on_day,
    "ago": ago,
    "lately": lately,
    "soon": soon,
    "day": day,
    "month": month,
    "span_in": span_in,
    "when_planned": when_planned,
    "weekday": weekday,
    "weekday_time": weekday_time,
    "lasting": lasting,
    "figure": figure,
    "percent": percent,
    "milliseconds": milliseconds,
}
