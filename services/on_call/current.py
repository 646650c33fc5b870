"""Who is on duty now in the schedules of an organization, and who is next, with two queries."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from domain.on_call import schedule as on_call_schedule
from domain.on_call.layer import Duty, Layer
from domain.on_call.schedule import Schedule
from models import Contact, OnCallLayer, OnCallOverride, OnCallSchedule, OnCallTurn
from services.on_call import layers as on_call_layers
from services.on_call import rota

AHEAD = timedelta(days=8)
"""How far ahead the next hand-over is looked for. Most turns last for a week at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentDuty:
    """Who is on duty in a schedule, until the next hand-over, and who is next; None is nobody.

    `until` is None if nothing changes within `AHEAD`.
    """

    schedule_id: uuid.UUID
    schedule_name: str
    name: str | None
    until: datetime | None
    then: str | None


@dataclass(slots=True)
class _Read:
    """A schedule with the rows of its layers, each with its contacts in their order."""

    schedule: OnCallSchedule
    rows: dict[int, OnCallLayer] = field(default_factory=dict)
    turns: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    @property
    def layers(self) -> list[Layer]:
        return [on_call_layers.layer(row, self.turns[each]) for each, row in self.rows.items()]


def duties(
    session: Session, organization_id: int, *, now: datetime, limit: int
) -> list[CurrentDuty]:
    """Return the duties of the first schedules, by name; without any, only one query is made."""
    names: dict[int, str] = {}
    found = _schedules(session, organization_id, names, limit)
    if not found:
        return []
    overrides = _overrides(session, [each.schedule.id for each in found], names, now=now)
    return [_duty(each, overrides[each.schedule.id], names, now=now) for each in found]


def _schedules(
    session: Session, organization_id: int, names: dict[int, str], limit: int
) -> list[_Read]:
    first = (
        select(OnCallSchedule)
        .where(OnCallSchedule.organization_id == organization_id)
        .order_by(OnCallSchedule.name)
        .limit(limit)
        .subquery()
    )
    schedule = aliased(OnCallSchedule, first)
    rows = session.execute(
        select(schedule, OnCallLayer, Contact.id, Contact.name)
        .outerjoin(OnCallLayer, OnCallLayer.on_call_schedule_id == schedule.id)
        .outerjoin(
            OnCallTurn,
            (OnCallTurn.on_call_schedule_id == OnCallLayer.on_call_schedule_id)
            & (OnCallTurn.layer == OnCallLayer.position),
        )
        .outerjoin(Contact, Contact.id == OnCallTurn.contact_id)
        .order_by(schedule.name, OnCallLayer.position, OnCallTurn.position)
    )
    found: dict[int, _Read] = {}
    for each, layer, contact_id, name in rows:
        read = found.setdefault(each.id, _Read(each))
        if contact_id is not None:
            read.rows[layer.position] = layer
            read.turns[layer.position].append(contact_id)
            names[contact_id] = name
    return list(found.values())


def _overrides(
    session: Session, ids: Sequence[int], names: dict[int, str], *, now: datetime
) -> Mapping[int, list[Duty]]:
    found: dict[int, list[Duty]] = defaultdict(list)
    for row, name in session.execute(
        select(OnCallOverride, Contact.name)
        .join(Contact, Contact.id == OnCallOverride.contact_id)
        .where(
            OnCallOverride.on_call_schedule_id.in_(ids),
            OnCallOverride.starts_at < now + AHEAD,
            OnCallOverride.ends_at > now,
        )
    ):
        found[row.on_call_schedule_id].append(Duty(row.starts_at, row.ends_at, row.contact_id))
        names[row.contact_id] = name
    return found


def _duty(
    read: _Read, overrides: Sequence[Duty], names: Mapping[int, str], *, now: datetime
) -> CurrentDuty:
    zone = rota.zone_of(read.schedule)
    schedule = Schedule(zone=zone, layers=read.layers, overrides=overrides)
    end = now + AHEAD
    shift = on_call_schedule.first_shift(schedule, now, end)
    changes = shift.end < end
    following = on_call_schedule.on_duty_at(schedule, shift.end) if changes else None
    return CurrentDuty(
        schedule_id=read.schedule.public_id,
        schedule_name=read.schedule.name,
        name=names.get(shift.contact_id or 0),
        until=shift.end if changes else None,
        then=names.get(following or 0),
    )
