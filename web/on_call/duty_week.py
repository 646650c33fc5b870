"""Who is on duty in a schedule now and next, and in a week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from models import OnCallOverride, OnCallSchedule
from server.identity.principal import Call
from services.on_call import overrides as on_call_overrides
from services.on_call import rota
from services.on_call.overrides import OverrideFilter
from services.on_call.rota import OnDuty
from services.pagination import PageRequest
from web.on_call import week as weeks
from web.on_call.week import Grid, Week
from web.preferences import current

_MOST_OVERRIDES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyWeek:
    """`following` is who is on duty next, if that changes within the longest time looked at."""

    schedule: OnCallSchedule
    present: OnDuty
    following: OnDuty | None
    week: Week
    grid: Grid
    is_present: bool

    @property
    def before(self) -> str:
        return (self.week.monday - timedelta(weeks=1)).isoformat()

    @property
    def after(self) -> str:
        return (self.week.monday + timedelta(weeks=1)).isoformat()


def of(call: Call, schedule: OnCallSchedule, asked: str) -> DutyWeek:
    """Return the duty in a schedule, and the week of the day that an address names."""
    zone = current().zone
    week = weeks.asked(asked, call.now, zone)
    who = (call.session, call.organization_id, schedule.public_id)
    present = rota.at(*who, call.now)
    shifts = rota.shifts(*who, start=week.start, end=week.end, now=call.now)
    return DutyWeek(
        schedule=schedule,
        present=present,
        following=None if present.until is None else rota.at(*who, present.until),
        week=week,
        grid=weeks.grid(week, shifts, _overrides(call, schedule, week), now=call.now),
        is_present=week.start <= call.now < week.end,
    )


def _overrides(call: Call, schedule: OnCallSchedule, week: Week) -> Sequence[OnCallOverride]:
    page = on_call_overrides.page(
        call.session,
        call.organization_id,
        schedule.public_id,
        OverrideFilter(start=week.start, end=week.end),
        PageRequest(limit=_MOST_OVERRIDES),
    )
    return [view.override for view in page.items]
