"""On-call schedules: create, change and delete them.

A change applies at once and to every moment: shifts follow from the present layers.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session

from models import OnCallSchedule
from services import lookup, quotas
from services.contacts import contacts
from services.cron import zone
from services.errors import Conflict, Invalid
from services.on_call import layers as on_call_layers
from services.on_call import views as on_call_views
from services.on_call.layers import LayerValues
from services.on_call.views import ScheduleView


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleValues:
    """A schedule as a user gives it; later layers take precedence over earlier ones."""

    name: str
    layers: Sequence[LayerValues]
    time_zone: str = "UTC"


class ScheduleChanges(TypedDict, total=False):
    """The fields to change. A missing one stays as it is."""

    name: str
    layers: Sequence[LayerValues]
    time_zone: str


def create(
    session: Session, organization_id: int, values: ScheduleValues, *, now: datetime
) -> ScheduleView:
    known = _checked(session, organization_id, values.time_zone, values.layers)
    quotas.take(session, organization_id, "on_call_schedules")
    schedule = OnCallSchedule(
        organization_id=organization_id,
        name=values.name,
        time_zone=values.time_zone,
        created_at=now,
        updated_at=now,
    )
    session.add(schedule)
    lookup.flush_unique(session, "an on-call schedule")
    on_call_layers.replace(session, schedule, values.layers, known)
    return on_call_views.whole(session, schedule)


def change(
    session: Session,
    organization_id: int,
    schedule_id: uuid.UUID,
    changes: ScheduleChanges,
    *,
    now: datetime,
) -> ScheduleView:
    """Change the given fields; given layers replace all."""
    schedule = on_call_views.existing(session, organization_id, schedule_id, locked=True)
    layers = changes.get("layers")
    time_zone = changes.get("time_zone", schedule.time_zone)
    known = _checked(session, organization_id, time_zone, layers or ())
    schedule.name = changes.get("name", schedule.name)
    schedule.time_zone = time_zone
    schedule.updated_at = now
    lookup.flush_unique(session, "an on-call schedule")
    if layers is not None:
        on_call_layers.replace(session, schedule, layers, known)
    return on_call_views.whole(session, schedule)


def delete(session: Session, organization_id: int, schedule_id: uuid.UUID) -> None:
    schedule = on_call_views.existing(session, organization_id, schedule_id, locked=True)
    names = [policy.name for policy in on_call_views.policies(session, schedule)]
    if names:
        raise Conflict(f"This on-call schedule cannot be deleted while {_listed(names)} uses it.")
    session.execute(delete_rows(OnCallSchedule).where(OnCallSchedule.id == schedule.id))


def _checked(
    session: Session, organization_id: int, time_zone: str, layers: Sequence[LayerValues]
) -> dict[uuid.UUID, int]:
    """Return the keys of all contacts. Raise `Invalid` with every invalid field."""
    named = [contact_id for layer in layers for contact_id in layer.contact_ids]
    known = contacts.keys(session, organization_id, named)
    problems = on_call_layers.problems(layers, known)
    try:
        zone(time_zone)
    except ValueError as error:
        problems["time_zone"] = [str(error)]
    if problems:
        raise Invalid(problems)
    return known


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"the escalation policy {names[0]}"
    return f"{names[0]} or another of {len(names)} escalation policies"
