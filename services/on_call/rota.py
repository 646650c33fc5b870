"""Who is on duty in an on-call schedule, now and over a span of time."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.on_call import schedule as on_call_schedule
from domain.on_call.layer import Duty
from domain.on_call.schedule import Schedule, Shift
from models import Contact, OnCallOverride, OnCallSchedule
from services.cron import zone
from services.errors import Invalid
from services.on_call import layers as on_call_layers
from services.on_call import views as on_call_views

USUAL = timedelta(days=30)
LONGEST = timedelta(days=90)
MOST = 5000
"""The most shifts of one answer: twice those of an hourly handoff in the longest time."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ShiftView:
    """[start, end) and the contact on duty; None if nobody is."""

    start: datetime
    end: datetime
    contact_id: uuid.UUID | None
    contact_name: str | None


@dataclass(frozen=True, slots=True)
class OnDuty:
    """The contact on duty `at` a moment, and until when, unless that exceeds `LONGEST`."""

    at: datetime
    contact_id: uuid.UUID | None
    contact_name: str | None
    until: datetime | None


def on_duty(
    session: Session, schedule_ids: Collection[int], *, now: datetime
) -> dict[int, list[int]]:
    """Return the contacts on duty by the key of the schedule; an empty list if nobody is."""
    if not schedule_ids:
        return {}
    schedules = session.scalars(
        select(OnCallSchedule).where(OnCallSchedule.id.in_(schedule_ids))
    ).all()
    found = {}
    for key, loaded in _schedules(session, schedules, now, now + timedelta(microseconds=1)).items():
        contact_id = on_call_schedule.on_duty_at(loaded, now)
        found[key] = [] if contact_id is None else [contact_id]
    return found


def shifts(
    session: Session,
    organization_id: int,
    schedule_id: uuid.UUID,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    now: datetime,
) -> list[ShiftView]:
    """Return the shifts of a span of time without gaps; by default the next 30 days.

    Raise `Invalid` for an empty span, a span over 90 days, or one with too many shifts.
    """
    start = start or now
    end = end or start + USUAL
    if start >= end:
        raise Invalid({"from": ["Must be before the end."]})
    if end - start > LONGEST:
        raise Invalid({"from": [f"The period may have at most {LONGEST.days} days."]})
    schedule = on_call_views.existing(session, organization_id, schedule_id)
    planned = _schedules(session, [schedule], start, end)[schedule.id]
    found = on_call_schedule.shifts(planned, start, end, most=MOST + 1)
    if len(found) > MOST:
        text = f"This period has more than {MOST} shifts. Ask for a shorter one."
        raise Invalid({"from": [text]})
    return _views(session, found)


def at(session: Session, organization_id: int, schedule_id: uuid.UUID, moment: datetime) -> OnDuty:
    """Return who is on duty at a moment."""
    schedule = on_call_views.existing(session, organization_id, schedule_id)
    end = moment + LONGEST
    loaded = _schedules(session, [schedule], moment, end)[schedule.id]
    (first,) = _views(session, [on_call_schedule.first_shift(loaded, moment, end)])
    until = first.end if first.end < end else None
    return OnDuty(moment, first.contact_id, first.contact_name, until)


def _schedules(
    session: Session, schedules: Sequence[OnCallSchedule], start: datetime, end: datetime
) -> dict[int, Schedule]:
    """Return these schedules for `domain.on_call`, with the overrides that touch [start, end)."""
    ids = [schedule.id for schedule in schedules]
    layers = on_call_layers.of(session, ids)
    overrides: dict[int, list[Duty]] = defaultdict(list)
    for row in session.scalars(
        select(OnCallOverride).where(
            OnCallOverride.on_call_schedule_id.in_(ids),
            OnCallOverride.starts_at < end,
            OnCallOverride.ends_at > start,
        )
    ):
        duty = Duty(row.starts_at, row.ends_at, row.contact_id)
        overrides[row.on_call_schedule_id].append(duty)
    return {
        schedule.id: Schedule(
            zone=zone_of(schedule),
            layers=layers.get(schedule.id, ()),
            overrides=overrides[schedule.id],
        )
        for schedule in schedules
    }


def zone_of(schedule: OnCallSchedule) -> tzinfo:
    """Return the zone of a schedule, or UTC if this machine does not know it."""
    try:
        return zone(schedule.time_zone)
    except ValueError:
        # Another machine knew this zone. A notification an hour off is better than none.
        log.warning("time_zone_unknown", time_zone=schedule.time_zone, schedule=schedule.id)
        return UTC


def _views(session: Session, found: Sequence[Shift]) -> list[ShiftView]:
    keys = {shift.contact_id for shift in found if shift.contact_id is not None}
    rows = session.execute(
        select(Contact.id, Contact.public_id, Contact.name).where(Contact.id.in_(keys))
    )
    contacts = {key: (public_id, name) for key, public_id, name in rows}
    nobody = (None, None)
    return [
        ShiftView(
            shift.start,
            shift.end,
            *(nobody if shift.contact_id is None else contacts.get(shift.contact_id, nobody)),
        )
        for shift in found
    ]
