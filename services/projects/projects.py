"""Projects: which monitors, contact groups and escalation policies belong together."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session

from models import ContactGroup, EscalationPolicy, Monitor, Project
from models.session import is_confined
from services import lookup, pagination, quotas
from services.errors import Conflict, Invalid

_NOUN = "project"
_BY_NAME = pagination.Order(scope="projects", columns=(Project.name,))

NEEDED = "Name one of your projects: you may not create anything outside of them."


class Unchanged(Enum):
    """Stands for a project that a change does not mention; null takes something out of its own."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


@dataclass(frozen=True, slots=True)
class ProjectView:
    project: Project
    monitors: int


def create(session: Session, organization_id: int, *, name: str, now: datetime) -> ProjectView:
    """Create an empty project. Raise `Conflict` if the name is taken."""
    quotas.take(session, organization_id, "projects")
    project = Project(organization_id=organization_id, name=name, created_at=now, updated_at=now)
    session.add(project)
    lookup.flush_unique(session, f"a {_NOUN}")
    return ProjectView(project, 0)


def find(session: Session, organization_id: int, project_id: uuid.UUID) -> ProjectView:
    """Return a project. Raise `NotFound` if there is none, or none for the caller."""
    return _views(session, [lookup.find(session, Project, organization_id, project_id, _NOUN)])[0]


def page(
    session: Session, organization_id: int, request: pagination.PageRequest
) -> pagination.Page[ProjectView]:
    """List projects by name."""
    query = select(Project).where(Project.organization_id == organization_id)
    found = pagination.read(session, query, _BY_NAME, request)
    return pagination.Page(_views(session, found.items), found.next_cursor)


def change(
    session: Session,
    organization_id: int,
    project_id: uuid.UUID,
    *,
    name: str | None = None,
    now: datetime,
) -> ProjectView:
    """Change the name, if one is given. Raise `Conflict` if it is taken."""
    project = lookup.changing(session, Project, organization_id, project_id, _NOUN)
    project.name = project.name if name is None else name
    project.updated_at = now
    lookup.flush_unique(session, f"a {_NOUN}")
    return _views(session, [project])[0]


def delete(session: Session, organization_id: int, project_id: uuid.UUID) -> None:
    """Delete an empty project, with the roles in it. Raise `Conflict` if anything belongs to it.

    A deleted monitor moves out of it, so that its history stays with the organization.
    """
    project = lookup.locked(session, Project, organization_id, project_id, _NOUN)
    if session.scalars(select(_is_used(project.id))).one():
        raise Conflict(
            "Monitors, contact groups or escalation policies belong to this project."
            " Move them to another project first."
        )
    session.execute(update(Monitor).where(Monitor.project_id == project.id).values(project_id=None))
    session.delete(project)
    session.flush()


def keys(
    session: Session, organization_id: int, project_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """Return the keys of those projects that the caller may see, by public id."""
    return lookup.keys(session, Project, organization_id, project_ids)


def key(session: Session, organization_id: int, project_id: uuid.UUID | None) -> int | None:
    """Return the key of a project that something is to belong to; None for none.

    Raise `Invalid` if there is none, or if the caller may only use projects and names none.
    """
    if project_id is None:
        if is_confined(session):
            raise Invalid({"project_id": [NEEDED]})
        return None
    found = keys(session, organization_id, [project_id]).get(project_id)
    if found is None:
        raise Invalid({"project_id": [f"There is no project {project_id}."]})
    return found


def public_ids(session: Session, project_keys: Iterable[int | None]) -> dict[int, uuid.UUID]:
    """Return the public ids of projects by key, for what belongs to them."""
    wanted = {each for each in project_keys if each is not None}
    if not wanted:
        return {}
    rows = session.execute(select(Project.id, Project.public_id).where(Project.id.in_(wanted)))
    return dict(rows.all())


def _is_used(project_key: int) -> ColumnElement[bool]:
    return (
        exists().where(Monitor.project_id == project_key, Monitor.deleted_at.is_(None))
        | exists().where(ContactGroup.project_id == project_key)
        | exists().where(EscalationPolicy.project_id == project_key)
    )


def _views(session: Session, projects: Sequence[Project]) -> list[ProjectView]:
    rows = session.execute(
        select(Monitor.project_id, func.count())
        .where(Monitor.project_id.in_([each.id for each in projects]), Monitor.deleted_at.is_(None))
        .group_by(Monitor.project_id)
    )
    monitors = dict(rows.all())
    return [ProjectView(each, monitors.get(each.id, 0)) for each in projects]
