"""A month of maintenance as weeks of days, in the zone of the reader."""

import calendar
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from domain.wall_clock import reached
from server.identity.principal import Call
from services.maintenance.calendar import Planned, occurring
from web.preferences import current
from web.translations import gettext as _

_FIRST, _LAST = date(2000, 1, 1), date(2037, 12, 1)
_MOST_ITEMS = 4
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Month:
    """The first day of the month, its weeks for the macro `month`, and its neighbours."""

    first: date
    weeks: Sequence[Sequence[Mapping[str, object]]]

    @property
    def previous(self) -> str:
        return f"{self.first - _DAY:%Y-%m}"

    @property
    def following(self) -> str:
        return f"{self.first + timedelta(days=32):%Y-%m}"


def of(call: Call, asked: str) -> Month:
    """Return the month of an address such as `2026-12`, or else the current one."""
    zone = current().zone
    today = call.now.astimezone(zone).date()
    first = _first(asked) or today.replace(day=1)
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    start = reached(datetime.combine(weeks[0][0], time()), zone)
    end = reached(datetime.combine(weeks[-1][-1] + _DAY, time()), zone)
    found = occurring(call.session, call.organization_id, start, end, now=call.now)
    items = _by_day(found, weeks[0][0], weeks[-1][-1])
    return Month(
        first,
        [
            [
                {
                    "day": each,
                    "number": each.day,
                    "within": each.month == first.month,
                    "today": each == today,
                    "items": _cut(items[each]),
                }
                for each in week
            ]
            for week in weeks
        ],
    )


def _first(text: str) -> date | None:
    try:
        found = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        return None
    return found if _FIRST <= found <= _LAST else None


def _by_day(found: Sequence[Planned], first: date, last: date) -> dict[date, list[Planned]]:
    """Return each window once for each day on which it takes place."""
    days: dict[date, list[Planned]] = defaultdict(list)
    for each in found:
        for day in _days(each, first, last):
            if all(other.window_id != each.window_id for other in days[day]):
                days[day].append(each)
    return days


def _days(planned: Planned, first: date, last: date) -> Iterator[date]:
    zone = current().zone
    day = max(planned.start.astimezone(zone).date(), first)
    ends = min((planned.end - timedelta(microseconds=1)).astimezone(zone).date(), last)
    while day <= ends:
        yield day
        day += _DAY


def _cut(found: Sequence[Planned]) -> list[dict[str, str]]:
    zone = current().zone
    shown = [
        {
            "href": f"/maintenance/{each.window_id}",
            "text": each.name,
            "at": f"{each.start.astimezone(zone):%H:%M}",
        }
        for each in found[:_MOST_ITEMS]
    ]
    if len(found) > _MOST_ITEMS:
        more = _("%(number)s more") % {"number": len(found) - _MOST_ITEMS}
        shown.append({"href": "#windows", "text": more, "at": ""})
    return shown
