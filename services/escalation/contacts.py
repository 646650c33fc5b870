"""The contacts of an escalation policy's steps: named, in groups, or on duty."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ContactGroupMember, EscalationTarget, Monitor
from services.on_call import rota


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContacts:
    """The contacts by position, in the order of the targets, without empty steps.

    `on_duty` are those among them that a schedule named.
    """

    by_position: Mapping[int | None, Sequence[int]] = field(default_factory=dict)
    on_duty: frozenset[int] = frozenset()


def of(session: Session, monitor: Monitor, *, now: datetime) -> StepContacts:
    """Return the contacts for the policy of a monitor; none without a policy."""
    if monitor.escalation_policy_id is None:
        return StepContacts()
    return of_policy(session, monitor.organization_id, monitor.escalation_policy_id, now=now)


def of_policy(
    session: Session, organization_id: int, policy_key: int, *, now: datetime
) -> StepContacts:
    """Return the contacts of a policy."""
    rows = session.execute(
        select(
            EscalationTarget.position,
            EscalationTarget.contact_id,
            ContactGroupMember.contact_id,
            EscalationTarget.on_call_schedule_id,
        )
        .outerjoin(
            ContactGroupMember,
            ContactGroupMember.contact_group_id == EscalationTarget.contact_group_id,
        )
        .where(
            EscalationTarget.escalation_policy_id == policy_key,
            EscalationTarget.organization_id == organization_id,
        )
        .order_by(EscalationTarget.id, ContactGroupMember.contact_id)
    ).all()
    by_schedule = rota.on_duty(session, {key for *_, key in rows if key is not None}, now=now)
    found: dict[int | None, list[int]] = defaultdict(list)
    for position, contact_id, member_id, schedule_id in rows:
        contacts = [each for each in (contact_id, member_id) if each is not None]
        if schedule_id is not None:
            contacts += by_schedule.get(schedule_id, ())
        if contacts:
            found[position] += contacts
    return StepContacts(
        by_position=found,
        on_duty=frozenset(each for every in by_schedule.values() for each in every),
    )
