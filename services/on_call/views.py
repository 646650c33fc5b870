"""Views of on-call schedules: each with its layers, and the policies that use it."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Contact, EscalationPolicy, EscalationTarget, OnCallSchedule
from services import lookup, pagination
from services.on_call import layers as on_call_layers
from services.on_call.layers import LayerValues

_BY_NAME = pagination.Order(scope="on-call-schedules", columns=(OnCallSchedule.name,))


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule with its layers; its policies only if a single one is requested."""

    schedule: OnCallSchedule
    layers: Sequence[LayerValues]
    escalation_policy_ids: Sequence[uuid.UUID] = ()


def find(session: Session, organization_id: int, schedule_id: uuid.UUID) -> ScheduleView:
    """Return a schedule with its layers and policies. Raise `NotFound` if there is none."""
    return whole(session, existing(session, organization_id, schedule_id))


def page(
    session: Session, organization_id: int, request: pagination.PageRequest
) -> pagination.Page[ScheduleView]:
    """List on-call schedules by name."""
    query = select(OnCallSchedule).where(OnCallSchedule.organization_id == organization_id)
    found = pagination.read(session, query, _BY_NAME, request)
    return pagination.Page(_views(session, found.items), found.next_cursor)


def keys(
    session: Session, organization_id: int, schedule_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """Return the keys of the existing schedules among these, by public id."""
    return lookup.keys(session, OnCallSchedule, organization_id, schedule_ids)


def existing(
    session: Session, organization_id: int, schedule_id: uuid.UUID, *, locked: bool = False
) -> OnCallSchedule:
    """Return a schedule; `locked` makes other changes wait until the commit.

    Raise `NotFound` if there is none.
    """
    read = lookup.changing if locked else lookup.find
    return read(session, OnCallSchedule, organization_id, schedule_id, "on-call schedule")


def whole(session: Session, schedule: OnCallSchedule) -> ScheduleView:
    """Add its layers, and the policies that use it, by name."""
    (view,) = _views(session, [schedule])
    ids = [policy.public_id for policy in policies(session, schedule)]
    return replace(view, escalation_policy_ids=ids)


def policies(session: Session, schedule: OnCallSchedule) -> Sequence[EscalationPolicy]:
    """Return the escalation policies that notify whoever is on duty in this schedule, by name."""
    using = select(EscalationTarget.escalation_policy_id).where(
        EscalationTarget.on_call_schedule_id == schedule.id
    )
    return session.scalars(
        select(EscalationPolicy)
        .where(EscalationPolicy.id.in_(using))
        .order_by(EscalationPolicy.name)
    ).all()


def _views(session: Session, schedules: Sequence[OnCallSchedule]) -> list[ScheduleView]:
    """Add the layers of all these, with three queries."""
    layers = on_call_layers.of(session, [schedule.id for schedule in schedules])
    named = {key for of_one in layers.values() for layer in of_one for key in layer.contact_ids}
    rows = session.execute(select(Contact.id, Contact.public_id).where(Contact.id.in_(named)))
    public_ids = dict(rows.all())
    return [
        ScheduleView(
            schedule,
            [
                LayerValues(
                    contact_ids=[public_ids[key] for key in layer.contact_ids],
                    local_start=layer.local_start,
                    handoff=layer.handoff,
                    hours=layer.hours,
                )
                for layer in layers.get(schedule.id, ())
            ],
        )
        for schedule in schedules
    ]
