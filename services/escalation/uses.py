"""Where a contact or a contact group is used: the groups, policies, schedules, SLOs and monitors."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from models import (
    Contact,
    ContactGroup,
    ContactGroupMember,
    EscalationPolicy,
    EscalationTarget,
    Monitor,
    MonitorContactGroup,
    OnCallSchedule,
    OnCallTurn,
    Slo,
    SloContactGroup,
)
from services import lookup

MOST = 20
"""The most rows of each kind that are named; `Uses.monitor_count` counts all monitors."""


@dataclass(frozen=True, slots=True)
class Named:
    id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """The first rows by name that lead to a contact or a group, directly or through others."""

    groups: Sequence[Named] = ()
    policies: Sequence[Named] = ()
    schedules: Sequence[Named] = ()
    slos: Sequence[Named] = ()
    monitors: Sequence[Named] = ()
    monitor_count: int = 0


def of_contact(session: Session, organization_id: int, contact_id: uuid.UUID) -> Uses:
    """Return what leads to a contact. Raise `NotFound` if there is none."""
    contact = lookup.find(session, Contact, organization_id, contact_id, "contact")
    groups = select(ContactGroupMember.contact_group_id).where(
        ContactGroupMember.contact_id == contact.id
    )
    schedules = select(OnCallTurn.on_call_schedule_id).where(OnCallTurn.contact_id == contact.id)
    policies = select(EscalationTarget.escalation_policy_id).where(
        EscalationTarget.organization_id == organization_id,
        or_(
            EscalationTarget.contact_id == contact.id,
            EscalationTarget.contact_group_id.in_(groups),
            EscalationTarget.on_call_schedule_id.in_(schedules),
        ),
    )
    named, count = _monitors(session, organization_id, groups, policies)
    return Uses(
        groups=_named(session, ContactGroup, organization_id, groups),
        policies=_named(session, EscalationPolicy, organization_id, policies),
        schedules=_named(session, OnCallSchedule, organization_id, schedules),
        slos=_named(session, Slo, organization_id, _slos(groups)),
        monitors=named,
        monitor_count=count,
    )


def of_group(session: Session, organization_id: int, group_id: uuid.UUID) -> Uses:
    """Return what leads to a contact group. Raise `NotFound` if there is none."""
    group = lookup.find(session, ContactGroup, organization_id, group_id, "contact group")
    itself = select(ContactGroup.id).where(ContactGroup.id == group.id)
    policies = select(EscalationTarget.escalation_policy_id).where(
        EscalationTarget.organization_id == organization_id,
        EscalationTarget.contact_group_id == group.id,
    )
    named, count = _monitors(session, organization_id, itself, policies)
    return Uses(
        policies=_named(session, EscalationPolicy, organization_id, policies),
        slos=_named(session, Slo, organization_id, _slos(itself)),
        monitors=named,
        monitor_count=count,
    )


def of_policy(session: Session, organization_id: int, policy_id: uuid.UUID) -> Uses:
    """Return the monitors that use a policy. Raise `NotFound` if there is none."""
    policy = lookup.find(session, EscalationPolicy, organization_id, policy_id, "escalation policy")
    itself = select(EscalationPolicy.id).where(EscalationPolicy.id == policy.id)
    none = select(ContactGroup.id).where(ContactGroup.id.is_(None))
    named, count = _monitors(session, organization_id, none, itself)
    return Uses(monitors=named, monitor_count=count)


def of_schedule(session: Session, organization_id: int, schedule_id: uuid.UUID) -> Uses:
    """Return the policies that name a schedule, and their monitors."""
    schedule = lookup.find(
        session, OnCallSchedule, organization_id, schedule_id, "on-call schedule"
    )
    policies = select(EscalationTarget.escalation_policy_id).where(
        EscalationTarget.organization_id == organization_id,
        EscalationTarget.on_call_schedule_id == schedule.id,
    )
    none = select(ContactGroup.id).where(ContactGroup.id.is_(None))
    named, count = _monitors(session, organization_id, none, policies)
    return Uses(
        policies=_named(session, EscalationPolicy, organization_id, policies),
        monitors=named,
        monitor_count=count,
    )


def _slos(groups: Select[Any]) -> Select[int]:
    """Select the SLOs that notify these groups."""
    return select(SloContactGroup.slo_id).where(SloContactGroup.contact_group_id.in_(groups))


def _monitors(
    session: Session, organization_id: int, groups: Select[Any], policies: Select[Any]
) -> tuple[list[Named], int]:
    """Return the first monitors of these groups and policies, and how many there are."""
    of_groups = select(MonitorContactGroup.monitor_id).where(
        MonitorContactGroup.contact_group_id.in_(groups)
    )
    used = (
        Monitor.organization_id == organization_id,
        Monitor.deleted_at.is_(None),
        or_(Monitor.id.in_(of_groups), Monitor.escalation_policy_id.in_(policies)),
    )
    first = session.execute(
        select(Monitor.public_id, Monitor.name)
        .where(*used)
        .order_by(Monitor.name, Monitor.id)
        .limit(MOST)
    )
    count = session.scalar(select(func.count()).select_from(Monitor).where(*used))
    return [Named(*row) for row in first], count or 0


def _named(
    session: Session, table: type[object], organization_id: int, keys: Select[Any]
) -> list[Named]:
    columns: Any = table
    rows = session.execute(
        select(columns.public_id, columns.name)
        .where(columns.organization_id == organization_id, columns.id.in_(keys))
        .order_by(columns.name, columns.id)
        .limit(MOST)
    )
    return [Named(*row) for row in rows]
