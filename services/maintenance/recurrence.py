"""Recurrence rules (RRULE of RFC 5545): parsed strictly and evaluated in bounded time."""

import re
from calendar import isleap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any

from dateutil import rrule

_LONGEST = 500
_MOST = 1000
_MOST_PLACES = 5
"""The most numbers of BYSETPOS: dateutil looks for each in every period, even in vain."""
_WEEKS = 53
_WEEKS_OF_MONTH = 5
_FREQUENCIES = {
    "HOURLY": rrule.HOURLY,
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
    "YEARLY": rrule.YEARLY,
}
_LENGTHS = {
    rrule.HOURLY: timedelta(hours=1),
    rrule.DAILY: timedelta(days=1),
    rrule.WEEKLY: timedelta(weeks=1),
}
_WEEKDAYS = {
    str(day): day for day in (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU)
}
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"\d{8}(T\d{6}Z?)?")
_NUMBER = re.compile(r"[+-]?\d{1,4}")
_AGES = 19 * 400
"""The calendar repeats every 400 years, weekdays included.

The rules are evaluated close to the year 9999, where dateutil stops. So a rule that never comes due
is found in a fraction of a second.

If only some years count, years even closer to it may have the same weekdays and leap days.
"""
_LAST_YEAR = 2399


def checked(text: str) -> str:
    """Return the rule in capitals and without its name. Raise `ValueError` with a sentence."""
    rule = text.strip().upper().removeprefix("RRULE:")
    options = _options(_parts(rule), UTC)
    _check_numbers(options)
    return rule


def _check_numbers(options: Mapping[str, Any]) -> None:
    if len(options.get("bysetpos", ())) > _MOST_PLACES:
        raise ValueError(f"BYSETPOS takes at most {_MOST_PLACES} numbers.")
    is_of_month = options["freq"] == rrule.MONTHLY or "bymonth" in options
    days = options.get("byweekday", ())
    if is_of_month and any(abs(day.n or 0) > _WEEKS_OF_MONTH for day in days):
        # It would never come due, and dateutil would search beyond the end of the year.
        raise ValueError(f"Within a month, a number of BYDAY must be at most {_WEEKS_OF_MONTH}.")


def local_starts(
    rule: str,
    local_start: datetime,
    zone: tzinfo,
    *,
    after: datetime,
    before: datetime | None = None,
) -> Iterator[datetime]:
    """Yield the local times at which the rule comes due, not before `after`, in order.

    With a `before`, nothing later is searched. All times are local times without a zone. Raise
    `ValueError` if there can be none.
    """
    options = _options(_parts(rule), zone)
    begins = _nearer(local_start, options, after)
    # Counted here, because dateutil accepts either a count or an end.
    count = options.pop("count", None)
    ages = _AGES
    if before is not None:
        options["until"] = min(before, options.get("until", before))
        ages = _most_ages(min(begins.year, after.year), before.year)
    if "until" in options:
        options["until"] = _later(options["until"], ages)
    earliest = _later(after, ages)
    coming = _until_the_last_year(rrule.rrule(dtstart=_later(begins, ages), **options))
    for start in islice(coming, count):
        if start >= earliest:
            yield _later(start, -ages)


def _until_the_last_year(times: Iterable[datetime]) -> Iterator[datetime]:
    """Stop where dateutil fails: in a week that extends beyond the end of the year 9999."""
    with suppress(ValueError):
        yield from times


def _nearer(start: datetime, options: Mapping[str, Any], after: datetime) -> datetime:
    """Return a start of the same rule shortly before `after`, so that its age costs nothing.

    It is whole periods later, with at least one period left before `after`: the first may be cut.
    """
    interval, frequency = options.get("interval", 1), options["freq"]
    if "count" in options:
        return start
    if frequency in _LENGTHS:
        period: timedelta = interval * _LENGTHS[frequency]
        return start + max(0, (after - start) // period - 1) * period
    if not {"byweekday", "bymonthday"} & options.keys():
        return start  # The day is that of the start; so few occurrences can all be computed.
    length = interval * (12 if frequency == rrule.YEARLY else 1)
    months = 12 * (after.year - start.year) + after.month - start.month
    skipped = max(0, months // length - 1) * length
    years, month = divmod(start.month - 1 + skipped, 12)
    return start.replace(year=start.year + years, month=month + 1, day=1) if skipped else start


def _later(local: datetime, years: int) -> datetime:
    return local.replace(year=local.year + years)


def _most_ages(first: int, last: int) -> int:
    """Return the most years by which these years can move and keep their calendar.

    One year is left after them, because dateutil cannot compute the last week of the year 9999.
    """
    years = range(first, last + 1)
    for ages in range(MAXYEAR - 1 - last, _AGES, -1):
        if all(_calendar(year) == _calendar(year + ages) for year in years):
            return ages
    return _AGES


def _calendar(year: int) -> tuple[int, bool]:
    return date(year, 1, 1).weekday(), isleap(year)


def _parts(rule: str) -> dict[str, str]:
    if len(rule) > _LONGEST:
        raise ValueError(f"A recurrence may have at most {_LONGEST} characters.")
    parts: dict[str, str] = {}
    for part in rule.split(";"):
        name, _, value = part.partition("=")
        if name in parts:
            raise ValueError(f"{name} is there twice.")
        if name not in _READERS:
            known = ", ".join(_READERS)
            raise ValueError(
                f"A recurrence may contain only {known}, such as FREQ=WEEKLY;BYDAY=SU."
            )
        parts[name] = value
    if "FREQ" not in parts:
        raise ValueError("A recurrence needs its FREQ, such as FREQ=WEEKLY;BYDAY=SU.")
    if {"COUNT", "UNTIL"} <= set(parts):
        raise ValueError("A recurrence may have COUNT or UNTIL, but not both.")
    return parts


def _options(parts: Mapping[str, str], zone: tzinfo) -> dict[str, Any]:
    """Parse each part for dateutil; the times of the rule are in the zone."""
    options: dict[str, Any] = {}
    for name, value in parts.items():
        option, read = _READERS[name]
        options[option] = read(value)
    if any(day.n for day in options.get("byweekday", ())) and options["freq"] > rrule.MONTHLY:
        raise ValueError("BYDAY takes a number only if FREQ is MONTHLY or YEARLY.")
    if "bysetpos" in options and not any(
        name.startswith("by") for name in options.keys() - {"bysetpos"}
    ):
        raise ValueError("BYSETPOS needs another part that begins with BY.")
    if options["freq"] == rrule.HOURLY and not {1, -1}.issuperset(options.get("bysetpos", ())):
        # dateutil would search for half a minute.
        raise ValueError(
            "With FREQ=HOURLY, BYSETPOS must be 1, because each hour has one occurrence."
        )
    if "until" in options:
        options["until"] = _until(parts["UNTIL"], zone)
    return options


def _frequency(value: str) -> int:
    if value not in _FREQUENCIES:
        raise ValueError(f"FREQ must be one of {', '.join(_FREQUENCIES)}.")
    return _FREQUENCIES[value]


def _number(name: str, least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        number = int(value) if _NUMBER.fullmatch(value) else 0
        if not least <= number <= most:
            raise ValueError(f"{name} is between {least} and {most}.")
        return number

    return read


def _numbers(
    name: str, least: int, most: int, *, backwards: bool = False
) -> Callable[[str], list[int]]:
    """Return a parser of a list of numbers; with `backwards`, negative ones count from the end."""

    def read(value: str) -> list[int]:
        texts = value.split(",")
        if not all(map(_NUMBER.fullmatch, texts)):
            raise ValueError(f"{name} is a list of numbers.")
        numbers = [int(text) for text in texts]
        sizes = map(abs, numbers) if backwards else numbers
        if not all(least <= size <= most for size in sizes):
            raise ValueError(f"Numbers of {name} are between {least} and {most}.")
        return numbers

    return read


def _weekday(value: str) -> rrule.weekday:
    if value not in _WEEKDAYS:
        raise ValueError("WKST must be one of MO, TU, WE, TH, FR, SA, SU.")
    return _WEEKDAYS[value]


def _weekdays(value: str) -> list[rrule.weekday]:
    days = []
    for text in value.split(","):
        match = _DAY.fullmatch(text)
        number = int(match[1]) if match and match[1] else None
        if match is None or number == 0 or abs(number or 1) > _WEEKS:
            raise ValueError("BYDAY must be a list of days, such as MO,TU or -1SU.")
        days.append(_WEEKDAYS[match[2]](number) if number else _WEEKDAYS[match[2]])
    return days


def _until(value: str, zone: tzinfo = UTC) -> datetime:
    """Parse a date (its whole day counts), a local time, or a UTC time; return a local time."""
    try:
        until = datetime.fromisoformat(value if _UNTIL.fullmatch(value) else "")
        if "T" not in value:
            until = datetime.combine(until, time.max)
        if until.tzinfo is not None:
            until = until.astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise ValueError("UNTIL must be a time such as 20261231T235959Z.") from error
    if until.year > _LAST_YEAR:
        raise ValueError(f"UNTIL must not be after {_LAST_YEAR}.")
    return until


_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "FREQ": ("freq", _frequency),
    "INTERVAL": ("interval", _number("INTERVAL", 1, _MOST)),
    "COUNT": ("count", _number("COUNT", 1, _MOST)),
    "UNTIL": ("until", _until),
    "BYMONTH": ("bymonth", _numbers("BYMONTH", 1, 12)),
    "BYMONTHDAY": ("bymonthday", _numbers("BYMONTHDAY", 1, 31, backwards=True)),
    "BYDAY": ("byweekday", _weekdays),
    "BYHOUR": ("byhour", _numbers("BYHOUR", 0, 23)),
    "BYSETPOS": ("bysetpos", _numbers("BYSETPOS", 1, 366, backwards=True)),
    "WKST": ("wkst", _weekday),
}
"""The supported parts and their names in dateutil. The minute is always that of the start."""
