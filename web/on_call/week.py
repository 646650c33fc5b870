"""A week of an on-call schedule as a grid: people in rows, days in columns.

The days are those of the reader's zone. A day on which clocks change has 23 or 25 hours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from domain.wall_clock import reached, shown
from models import OnCallOverride
from services.on_call.rota import ShiftView
from web.formats import clock_time, weekday, weekday_time
from web.translations import gettext as _

_DAY = timedelta(days=1)
_QUARTER = timedelta(minutes=15)
_QUARTERS_OF_AN_HOUR = 4
_USUAL_HOURS = 24


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from a Monday on, in the zone of the reader."""

    monday: date
    zone: tzinfo

    @property
    def start(self) -> datetime:
        return self.begin_of(0)

    @property
    def end(self) -> datetime:
        return self.begin_of(7)

    @property
    def last_day(self) -> date:
        return self.monday + 6 * _DAY

    def begin_of(self, day: int) -> datetime:
        """Return the moment at which a day begins, from 0 for the Monday."""
        midnight = datetime.combine(self.monday + day * _DAY, datetime.min.time())
        return reached(midnight, self.zone)


@dataclass(frozen=True, slots=True)
class Part:
    """A span of the week that one person, or nobody, has."""

    start: datetime
    end: datetime
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What the macro `week` shows, and in words what is unusual."""

    days: Sequence[dict[str, Any]]
    rows: Sequence[dict[str, Any]]
    gaps: Sequence[str]
    clock_changes: Sequence[str]


def of_day(day: date, zone: tzinfo) -> Week:
    """Return the week of a day."""
    return Week(day - day.weekday() * _DAY, zone)


def asked(text: str, now: datetime, zone: tzinfo) -> Week:
    """Return the week of a day that an address names, or else the current one."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = shown(now, zone).date()
    # Far from now there is nothing to see, and some arithmetic would end.
    near = abs(day - now.date()) <= 800 * _DAY
    return of_day(day if near else shown(now, zone).date(), zone)


def grid(
    week: Week,
    shifts: Sequence[ShiftView],
    overrides: Sequence[OnCallOverride],
    *,
    now: datetime,
) -> Grid:
    """Lay out the shifts of a week, in which gaps are shifts of nobody."""
    rows: dict[str, list[Part]] = {}
    for shift in shifts:
        name = shift.contact_name or ""
        rows.setdefault(name, []).extend(_parts(shift, overrides))
    gaps = rows.pop("", [])
    people = [_row(week, name, parts) for name, parts in rows.items()]
    nobody = [_row(week, _("Nobody"), gaps)] if gaps else []
    return Grid(
        days=list(_days(week, now)),
        rows=[*nobody, *people],
        gaps=[_span(gap) for gap in gaps],
        clock_changes=list(_clock_changes(week)),
    )


def _parts(shift: ShiftView, overrides: Sequence[OnCallOverride]) -> Iterator[Part]:
    """Cut a shift where it is one by an override."""
    if shift.contact_id is None:
        yield Part(shift.start, shift.end, "gap")
        return
    since = shift.start
    for override in sorted(overrides, key=lambda each: each.starts_at):
        start, end = max(override.starts_at, since), min(override.ends_at, shift.end)
        if start < end:
            if since < start:
                yield Part(since, start, "shift")
            yield Part(start, end, "override")
            since = end
    if since < shift.end:
        yield Part(since, shift.end, "shift")


def _row(week: Week, name: str, parts: Sequence[Part]) -> dict[str, Any]:
    """Return a row whose parts fill the week, in quarters of an hour."""
    cells: list[dict[str, Any]] = []
    reached_quarter = 0
    for part in parts:
        first, last = _quarter(week, part.start), _quarter(week, part.end)
        if first > reached_quarter:
            cells.append(_free(first - reached_quarter))
        if last > first:
            cells.append(_cell(part, last - first))
        reached_quarter = max(reached_quarter, last)
    rest = _quarter(week, week.end) - reached_quarter
    return {"name": name, "parts": [*cells, _free(rest)] if rest else cells}


def _cell(part: Part, quarters: int) -> dict[str, Any]:
    """Return what stands in the row of a person, so its words need not name anybody."""
    says, text = _span(part), clock_time(part.start)
    if part.kind == "gap":
        text = _("Nobody")
    elif part.kind == "override":
        text, says = _("Override"), _("Override: %(span)s") % {"span": says}
    hours = quarters / _QUARTERS_OF_AN_HOUR
    return {"hours": hours, "text": text, "says": says, "kind": part.kind}


def _free(quarters: int) -> dict[str, Any]:
    return {"hours": quarters / _QUARTERS_OF_AN_HOUR, "text": "", "says": "", "kind": "free"}


def _quarter(week: Week, moment: datetime) -> int:
    return round((moment - week.start) / _QUARTER)


def _days(week: Week, now: datetime) -> Iterator[dict[str, Any]]:
    today = shown(now, week.zone).date()
    for number in range(7):
        day = week.monday + number * _DAY
        hours = (week.begin_of(number + 1) - week.begin_of(number)) / timedelta(hours=1)
        yield {
            "label": weekday(day),
            "hours": int(hours) if hours.is_integer() else hours,
            "today": day == today,
        }


def _clock_changes(week: Week) -> Iterator[str]:
    for day in _days(week, week.start):
        if day["hours"] != _USUAL_HOURS:
            words = {"day": day["label"], "hours": day["hours"]}
            yield _("Clocks change on %(day)s, so it has %(hours)s hours.") % words


def _span(part: Part) -> str:
    words = {"start": weekday_time(part.start), "end": weekday_time(part.end)}
    return _("%(start)s to %(end)s") % words
