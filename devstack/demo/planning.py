"""The calendars of the demo: who is on duty, and when what is in maintenance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy.orm import Session

from devstack.demo.story.past import Story
from domain.on_call.layer import Handoff, HandoffKind
from services.maintenance import occurrences, windows
from services.maintenance.windows import WindowValues
from services.on_call import overrides, rota, schedules
from services.on_call.layers import LayerValues
from services.on_call.overrides import OverrideValues
from services.on_call.rota import ShiftView
from services.on_call.schedules import ScheduleValues

ZONE = "Europe/Berlin"
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_HANDOFF = time(9)
_LAST_WORKDAY = 4
_SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Rota:
    """A schedule, and its shifts in the time of the story."""

    schedule_id: UUID
    shifts: Sequence[ShiftView]


def on_call(session: Session, owner: int, people: Sequence[UUID], story: Story) -> Rota:
    """Put people on duty for a day each, with one evening of this week given to another."""
    layer = LayerValues(
        contact_ids=people,
        local_start=datetime.combine(story.start - 2 * _DAY, _HANDOFF),
        handoff=Handoff(kind=HandoffKind.DAILY, at=_HANDOFF),
    )
    values = ScheduleValues(name="Shop on call", layers=[layer], time_zone=ZONE)
    made = schedules.create(session, owner, values, now=story.start).schedule.public_id
    start, end = _evening(story.now)
    shifts = rota.shifts(session, owner, made, start=story.start, end=end, now=story.now)
    (away,) = (each.contact_id for each in shifts if each.start <= start < each.end)
    stand_in = next(after for before, after in pairwise([*people, *people]) if before == away)
    override = OverrideValues(contact_id=stand_in, start=start, end=end)
    overrides.create(session, owner, made, override, now=story.start)
    past = rota.shifts(session, owner, made, start=story.start, end=story.now, now=story.now)
    return Rota(made, past)


def maintenance(
    session: Session, owner: int, story: Story, *, weekly: Sequence[UUID], running: Sequence[UUID]
) -> None:
    """Plan maintenance every week, and once: since an hour ago, and tomorrow."""
    sunday = story.start + (_SUNDAY - story.start.weekday()) % 7 * _DAY
    if weekly:
        values = WindowValues(
            name="Database maintenance",
            time_zone=ZONE,
            local_start=datetime.combine(sunday, time(3)),
            duration_seconds=3600,
            recurrence="FREQ=WEEKLY",
            monitor_ids=weekly,
        )
        windows.create(session, owner, values, now=story.start)
    if running:
        stocktaking = WindowValues(
            name="Stocktaking", time_zone=ZONE, duration_seconds=8 * 3600, monitor_ids=running
        )
        windows.create(session, owner, stocktaking, now=story.now - _HOUR)
    release = WindowValues(
        name="Shop release",
        time_zone=ZONE,
        local_start=datetime.combine(story.now + _DAY, time(21)),
        duration_seconds=5400,
        tags=["shop"],
    )
    windows.create(session, owner, release, now=story.now)
    # The windows of the past weeks are written as the sweep would have written them.
    occurrences.sweep(session, now=story.now)


def _evening(now: datetime) -> tuple[datetime, datetime]:
    """Return tomorrow's evening, or yesterday's late in the week: an evening of this week."""
    day = _DAY if now.weekday() <= _LAST_WORKDAY else -_DAY
    start = (now + day).replace(hour=17, minute=0, second=0, microsecond=0)
    return start, start + 5 * _HOUR
