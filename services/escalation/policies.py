"""Escalation policies: whom to notify while nobody acknowledges an incident.

A policy names contact groups, contacts and on-call schedules, but no other policy. So escalation
cannot form a cycle.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from sqlalchemy import delete as delete_rows
from sqlalchemy import update
from sqlalchemy.orm import Session

from models import EscalationPolicy, EscalationStep, Monitor
from services import lookup, quotas
from services.errors import Conflict, Invalid
from services.escalation import changes as escalation_changes
from services.escalation import targets as escalation_targets
from services.escalation import views as escalation_views
from services.escalation.targets import FALLBACK, PolicyTarget
from services.escalation.views import PolicyView, Step
from services.projects import projects

_COLUMNS = ("name", "repeats", "repeat_minutes", "reminder_minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyValues:
    """`fallback_targets` are notified if a step reaches nobody."""

    name: str
    steps: Sequence[Step]
    repeats: int = 0
    repeat_minutes: int = 30
    reminder_minutes: int | None = None
    fallback_targets: Sequence[PolicyTarget] = ()
    project_id: uuid.UUID | None = None


class PolicyChanges(TypedDict, total=False):
    """The fields to change. A missing one stays as it is."""

    name: str
    project_id: uuid.UUID | None
    steps: Sequence[Step]
    repeats: int
    repeat_minutes: int
    reminder_minutes: int | None
    fallback_targets: Sequence[PolicyTarget]


def create(
    session: Session, organization_id: int, values: PolicyValues, *, now: datetime
) -> PolicyView:
    quotas.take(session, organization_id, "escalation_policies")
    policy = EscalationPolicy(
        organization_id=organization_id,
        created_at=now,
        updated_at=now,
        project_id=projects.key(session, organization_id, values.project_id),
        **{name: getattr(values, name) for name in _COLUMNS},
    )
    session.add(policy)
    lookup.flush_unique(session, "an escalation policy")
    _write(session, policy, steps=values.steps, fallback_targets=values.fallback_targets)
    return escalation_views.whole(session, policy)


def change(
    session: Session,
    organization_id: int,
    policy_id: uuid.UUID,
    changes: PolicyChanges,
    *,
    now: datetime,
) -> PolicyView:
    """Change the given fields; given steps replace all, and so do given fallback targets.

    The change applies at once, also to open incidents.
    """
    policy = escalation_views.existing(session, organization_id, policy_id, locked=True)
    affected = escalation_changes.affected(session, policy)
    for name in _COLUMNS:
        setattr(policy, name, changes.get(name, getattr(policy, name)))
    if "project_id" in changes:
        policy.project_id = projects.key(session, organization_id, changes["project_id"])
    policy.updated_at = now
    lookup.flush_unique(session, "an escalation policy")
    _write(
        session,
        policy,
        steps=changes.get("steps"),
        fallback_targets=changes.get("fallback_targets"),
    )
    escalation_changes.adapt(session, affected, now=now)
    return escalation_views.whole(session, policy)


def delete(session: Session, organization_id: int, policy_id: uuid.UUID) -> None:
    policy = escalation_views.existing(session, organization_id, policy_id, locked=True)
    used = len(escalation_views.monitor_ids(session, policy))
    if used:
        monitors = "a monitor uses" if used == 1 else f"{used} monitors use"
        raise Conflict(f"This escalation policy cannot be deleted while {monitors} it.")
    # Deleted monitors keep their rows, but need no policy.
    session.execute(
        update(Monitor)
        .where(Monitor.escalation_policy_id == policy.id)
        .values(escalation_policy_id=None)
    )
    session.execute(delete_rows(EscalationPolicy).where(EscalationPolicy.id == policy.id))


def _write(
    session: Session,
    policy: EscalationPolicy,
    *,
    steps: Sequence[Step] | None,
    fallback_targets: Sequence[PolicyTarget] | None,
) -> None:
    """Replace the given lists. Raise `Invalid` with each unknown target."""
    lists = {f"steps.{position}.targets": step.targets for position, step in enumerate(steps or ())}
    lists["fallback_targets"] = fallback_targets or ()
    wanted = [target for targets in lists.values() for target in targets]
    known = escalation_targets.keys(session, policy.organization_id, wanted)
    problems = escalation_targets.problems(lists, known)
    if problems:
        raise Invalid(problems)
    if steps is not None:
        _replace_steps(session, policy, steps)
        named: dict[int | None, Sequence[PolicyTarget]] = {
            position: step.targets for position, step in enumerate(steps)
        }
        escalation_targets.replace(session, policy, named, known)
    if fallback_targets is not None:
        escalation_targets.replace(session, policy, {FALLBACK: fallback_targets}, known)
    session.flush()


def _replace_steps(session: Session, policy: EscalationPolicy, steps: Sequence[Step]) -> None:
    session.execute(
        delete_rows(EscalationStep).where(EscalationStep.escalation_policy_id == policy.id)
    )
    session.add_all(
        EscalationStep(
            organization_id=policy.organization_id,
            escalation_policy_id=policy.id,
            position=position,
            wait_minutes=step.wait_minutes,
        )
        for position, step in enumerate(steps)
    )
    session.flush()
