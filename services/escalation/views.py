"""Views of escalation policies: each with its steps and their targets."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import EscalationPolicy, EscalationStep, Monitor
from services import lookup, pagination
from services.escalation import targets as escalation_targets
from services.escalation.targets import FALLBACK, PolicyTarget
from services.projects import projects

_BY_NAME = pagination.Order(scope="escalation-policies", columns=(EscalationPolicy.name,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    wait_minutes: int
    targets: Sequence[PolicyTarget]


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy with its steps; its monitors only if a single one is requested."""

    policy: EscalationPolicy
    steps: Sequence[Step]
    fallback_targets: Sequence[PolicyTarget]
    monitor_ids: Sequence[uuid.UUID] = ()
    project_id: uuid.UUID | None = None


def find(session: Session, organization_id: int, policy_id: uuid.UUID) -> PolicyView:
    """Return a policy with its steps and monitors. Raise `NotFound` if there is none."""
    return whole(session, existing(session, organization_id, policy_id))


def page(
    session: Session, organization_id: int, request: pagination.PageRequest, *, text: str = ""
) -> pagination.Page[PolicyView]:
    """List escalation policies by name; with a text, those with it in their name."""
    query = select(EscalationPolicy).where(EscalationPolicy.organization_id == organization_id)
    if text:
        query = query.where(EscalationPolicy.name.icontains(text, autoescape=True))
    found = pagination.read(session, query, _BY_NAME, request)
    return pagination.Page(_views(session, found.items), found.next_cursor)


def keys(
    session: Session, organization_id: int, policy_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """Return the keys of the existing policies among these, by public id."""
    return lookup.keys(session, EscalationPolicy, organization_id, policy_ids)


def public_ids(session: Session, policy_keys: Iterable[int]) -> dict[int, uuid.UUID]:
    """Return the public ids of these policies, by key."""
    wanted = set(policy_keys)
    if not wanted:
        return {}
    rows = session.execute(
        select(EscalationPolicy.id, EscalationPolicy.public_id).where(
            EscalationPolicy.id.in_(wanted)
        )
    )
    return dict(rows.all())


def existing(
    session: Session, organization_id: int, policy_id: uuid.UUID, *, locked: bool = False
) -> EscalationPolicy:
    """Return a policy; `locked` makes other changes wait until the commit.

    Raise `NotFound` if there is none.
    """
    read = lookup.changing if locked else lookup.find
    return read(session, EscalationPolicy, organization_id, policy_id, "escalation policy")


def whole(session: Session, policy: EscalationPolicy) -> PolicyView:
    """Add the steps, their targets, and the monitors that use the policy."""
    (view,) = _views(session, [policy])
    return replace(view, monitor_ids=monitor_ids(session, policy))


def monitor_ids(session: Session, policy: EscalationPolicy) -> Sequence[uuid.UUID]:
    """Return the monitors that use the policy, by name."""
    return session.scalars(
        select(Monitor.public_id)
        .where(Monitor.escalation_policy_id == policy.id, Monitor.deleted_at.is_(None))
        .order_by(Monitor.name, Monitor.id)
    ).all()


def _views(session: Session, policies: Sequence[EscalationPolicy]) -> list[PolicyView]:
    """Add the steps and targets of all these, with two queries."""
    ids = [policy.id for policy in policies]
    targets = escalation_targets.of(session, ids)
    steps: dict[int, list[Step]] = defaultdict(list)
    for row in session.scalars(
        select(EscalationStep)
        .where(EscalationStep.escalation_policy_id.in_(ids))
        .order_by(EscalationStep.escalation_policy_id, EscalationStep.position)
    ):
        named = targets.get((row.escalation_policy_id, row.position), [])
        steps[row.escalation_policy_id].append(Step(wait_minutes=row.wait_minutes, targets=named))
    owners = projects.public_ids(session, (policy.project_id for policy in policies))
    return [
        PolicyView(
            policy,
            steps[policy.id],
            targets.get((policy.id, FALLBACK), []),
            project_id=owners.get(policy.project_id or 0),
        )
        for policy in policies
    ]
