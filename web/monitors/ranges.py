"""The span of time that the page of a monitor is about: some last days, or from one day to another."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from services.errors import Invalid
from services.time_range import Window
from web import formats, refusals
from web.translations import gettext as _
from web.translations import marked
from web.typed import spans

CUSTOM = "custom"
_HOURS = {"24h": 24, "7d": 7 * 24, "30d": 30 * 24, "90d": 90 * 24}
_LABELS = {
    "24h": marked("24 h"),
    "7d": marked("7 d"),
    "30d": marked("30 d"),
    "90d": marked("90 d"),
    CUSTOM: marked("Custom"),
}
_USUAL = "24h"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """`problem` says why the asked span is not shown, but the usual one."""

    name: str
    window: Window
    first: date
    last: date
    problem: str = ""

    @property
    def label(self) -> str:
        """Return the span in words, such as `24 h` or `29 Nov to 30 Nov`."""
        if self.name != CUSTOM:
            return _(_LABELS[self.name])
        return _("%(first)s to %(last)s") % {
            "first": formats.day(self.first),
            "last": formats.day(self.last),
        }

    @property
    def query(self) -> dict[str, str]:
        """Return the part of an address that asks for this range."""
        if self.name != CUSTOM:
            return {} if self.name == _USUAL else {"range": self.name}
        return {"range": CUSTOM, "from": self.first.isoformat(), "to": self.last.isoformat()}


def read(given: MultiDict[str, str], *, zone: ZoneInfo, now: datetime) -> Range:
    """Return the range that an address asks for, or the last 24 hours."""
    name = given.get("range", _USUAL)
    if name != CUSTOM:
        return _last(name if name in _HOURS else _USUAL, zone=zone, now=now)
    first, last = spans.day(given.get("from", "")), spans.day(given.get("to", ""))
    try:
        window = spans.between(first, last, zone, now=now)
    except Invalid as error:
        return _refused(refusals.in_words(error), zone=zone, now=now)
    if first is None or last is None:
        raise AssertionError("A window has both days.")
    return Range(name=CUSTOM, window=window, first=first, last=last)


def labels() -> list[tuple[str, str]]:
    """Return the names of all ranges with their labels, the shortest first."""
    return [(name, _(label)) for name, label in _LABELS.items()]


def _last(name: str, *, zone: ZoneInfo, now: datetime) -> Range:
    window = Window(now - timedelta(hours=_HOURS[name]), now)
    first, last = (each.astimezone(zone).date() for each in (window.start, window.end))
    return Range(name=name, window=window, first=first, last=last)


def _refused(problem: str, *, zone: ZoneInfo, now: datetime) -> Range:
    usual = _last(_USUAL, zone=zone, now=now)
    return Range(
        name=CUSTOM, window=usual.window, first=usual.first, last=usual.last, problem=problem
    )
