"""What belongs to a project, by name."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ContactGroup, EscalationPolicy, Monitor, Project


@dataclass(frozen=True, slots=True)
class Named:
    id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class Contents:
    """The first of each sort by name. Whatever the caller does not see is left out."""

    monitors: Sequence[Named]
    groups: Sequence[Named]
    policies: Sequence[Named]


def of(session: Session, project: Project, *, most: int) -> Contents:
    """Return at most so many monitors, contact groups and escalation policies of a project."""
    return Contents(
        _first(session, Monitor, project, most, Monitor.deleted_at.is_(None)),
        _first(session, ContactGroup, project, most),
        _first(session, EscalationPolicy, project, most),
    )


def _first(
    session: Session,
    table: Any,  # noqa: ANN401 - any table with a name and a project
    project: Project,
    most: int,
    *conditions: Any,  # noqa: ANN401
) -> Sequence[Named]:
    rows = session.execute(
        select(table.public_id, table.name)
        .where(
            table.organization_id == project.organization_id,
            table.project_id == project.id,
            *conditions,
        )
        .order_by(table.name, table.id)
        .limit(most)
    )
    return [Named(*row) for row in rows]
