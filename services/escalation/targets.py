"""Targets of escalation policies: public ids outside, keys inside."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, delete, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import Contact, ContactGroup, EscalationPolicy, EscalationTarget, OnCallSchedule
from models.escalation_policy import TargetKind
from services.contacts import contacts
from services.contacts import groups as contact_groups
from services.on_call import views as on_call_views

FALLBACK = None
"""The position of the targets for steps that reach nobody."""

_Keys = Callable[[Session, int, Iterable[uuid.UUID]], dict[uuid.UUID, int]]
_Noun = type[Contact] | type[ContactGroup] | type[OnCallSchedule]


@dataclass(frozen=True, slots=True)
class PolicyTarget:
    kind: TargetKind
    id: uuid.UUID


@dataclass(frozen=True, slots=True)
class _Kind:
    """How targets of one kind are looked up and stored."""

    noun: str
    table: _Noun
    column: InstrumentedAttribute[int | None]
    keys: _Keys


_KINDS = {
    TargetKind.CONTACT_GROUP: _Kind(
        "contact group", ContactGroup, EscalationTarget.contact_group_id, contact_groups.keys
    ),
    TargetKind.CONTACT: _Kind("contact", Contact, EscalationTarget.contact_id, contacts.keys),
    TargetKind.ON_CALL_SCHEDULE: _Kind(
        "on-call schedule",
        OnCallSchedule,
        EscalationTarget.on_call_schedule_id,
        on_call_views.keys,
    ),
}

Lists = Mapping[str, Sequence[PolicyTarget]]
"""Lists of targets by the path of their field, such as `steps.0.targets`."""


def keys(
    session: Session, organization_id: int, targets: Iterable[PolicyTarget]
) -> dict[PolicyTarget, int]:
    """Return the keys of the existing targets of the organization."""
    wanted: dict[TargetKind, list[uuid.UUID]] = defaultdict(list)
    for target in targets:
        wanted[target.kind].append(target.id)
    return {
        PolicyTarget(kind, public_id): key
        for kind, ids in wanted.items()
        for public_id, key in _KINDS[kind].keys(session, organization_id, ids).items()
    }


def problems(lists: Lists, known: Mapping[PolicyTarget, int]) -> dict[str, list[str]]:
    """Return the unknown targets, by the path of the field."""
    return {
        f"{path}.{index}.id": [f"There is no {_KINDS[target.kind].noun} {target.id}."]
        for path, targets in lists.items()
        for index, target in enumerate(targets)
        if target not in known
    }


def replace(
    session: Session,
    policy: EscalationPolicy,
    lists: Mapping[int | None, Sequence[PolicyTarget]],
    known: Mapping[PolicyTarget, int],
) -> None:
    """Replace the targets of each given position, without duplicates."""
    for position, targets in lists.items():
        session.execute(
            delete(EscalationTarget).where(
                EscalationTarget.escalation_policy_id == policy.id,
                EscalationTarget.position.is_not_distinct_from(position),
            )
        )
        session.add_all(
            EscalationTarget(
                organization_id=policy.organization_id,
                escalation_policy_id=policy.id,
                position=position,
                **{_KINDS[target.kind].column.key: known[target]},
            )
            for target in dict.fromkeys(targets)
        )


def of(
    session: Session, policy_ids: Sequence[int]
) -> dict[tuple[int, int | None], list[PolicyTarget]]:
    """Return the targets of these policies by policy and position, in their original order."""
    query = union_all(*(_selected(kind, policy_ids) for kind in _KINDS)).order_by("id")
    found: dict[tuple[int, int | None], list[PolicyTarget]] = defaultdict(list)
    for _, policy_id, position, kind, public_id in session.execute(query):
        found[policy_id, position].append(PolicyTarget(TargetKind(kind), public_id))
    return found


def _selected(
    kind: TargetKind, policy_ids: Sequence[int]
) -> Select[int, int, int | None, str, uuid.UUID]:
    described = _KINDS[kind]
    return (
        select(
            EscalationTarget.id,
            EscalationTarget.escalation_policy_id,
            EscalationTarget.position,
            literal(kind.value),
            described.table.public_id,
        )
        .join(described.table, described.table.id == described.column)
        .where(EscalationTarget.escalation_policy_id.in_(policy_ids))
    )
