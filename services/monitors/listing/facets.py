"""What lists of monitors can be narrowed by: kinds, tags, groups and projects, with their numbers."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, Uuid, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import ContactGroup, Monitor, MonitorContactGroup, Project

_Text = ColumnElement[str] | InstrumentedAttribute[str]

MOST = 50
"""The most values of each sort: those of most monitors."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A value with its number of monitors. `id` identifies a group or a project."""

    name: str
    count: int
    id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    kinds: Sequence[Facet]
    tags: Sequence[Facet]
    groups: Sequence[Facet]
    projects: Sequence[Facet]


def of_organization(session: Session, organization_id: int) -> Facets:
    """Return the values, those of most monitors first, with one query."""
    ours = (Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None))
    tags = select(func.unnest(Monitor.tags).label("tag")).where(*ours).subquery()
    counted = union_all(
        _counted("kind", Monitor.kind).where(*ours),
        _counted("tag", tags.c.tag),
        _counted("group", ContactGroup.name, ContactGroup.public_id)
        .join(MonitorContactGroup, MonitorContactGroup.contact_group_id == ContactGroup.id)
        .join(Monitor, Monitor.id == MonitorContactGroup.monitor_id)
        .where(ContactGroup.organization_id == organization_id, *ours),
        _counted("project", Project.name, Project.public_id)
        .join(Monitor, Monitor.project_id == Project.id)
        .where(Project.organization_id == organization_id, *ours),
    )
    found: dict[str, list[Facet]] = defaultdict(list)
    for sort, name, public_id, count in session.execute(counted):
        found[sort].append(Facet(name, count, public_id))
    return Facets(**{f"{sort}s": found[sort] for sort in ("kind", "tag", "group", "project")})


def _counted(
    sort: str, name: _Text, public_id: InstrumentedAttribute[uuid.UUID] | None = None
) -> Select[str, str, uuid.UUID, int]:
    """Select the most frequent values of one sort."""
    identity = literal(None, Uuid) if public_id is None else public_id
    by = [name] if public_id is None else [name, public_id]
    return (
        select(
            literal(sort).label("sort"),
            name.label("name"),
            identity.label("public_id"),
            func.count().label("count"),
        )
        .group_by(*by)
        .order_by(func.count().desc(), name)
        .limit(MOST)
    )
