"""What the targets of escalation policies are called, and what can be chosen as a target."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from models import Contact, ContactGroup, OnCallSchedule
from models.escalation_policy import TargetKind
from services import lookup
from services.escalation.targets import PolicyTarget

_TABLES: Mapping[TargetKind, type[object]] = {
    TargetKind.ON_CALL_SCHEDULE: OnCallSchedule,
    TargetKind.CONTACT_GROUP: ContactGroup,
    TargetKind.CONTACT: Contact,
}


def of(
    session: Session, organization_id: int, targets: Iterable[PolicyTarget]
) -> dict[PolicyTarget, str]:
    """Return the names of these targets, with one query for each kind."""
    wanted: dict[TargetKind, list[uuid.UUID]] = defaultdict(list)
    for target in targets:
        wanted[target.kind].append(target.id)
    return {
        PolicyTarget(kind, public_id): name
        for kind, ids in wanted.items()
        for public_id, name in lookup.names(session, _TABLES[kind], organization_id, ids).items()
    }


def choices(
    session: Session, organization_id: int, *, most: int
) -> dict[TargetKind, dict[uuid.UUID, str]]:
    """Return the first of each kind by name, to choose from."""
    return {
        kind: lookup.by_name(session, table, organization_id, most=most)
        for kind, table in _TABLES.items()
    }
