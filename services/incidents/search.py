"""The search in incidents: what is asked for, as queries that read a bounded number of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from domain.evaluation.outcome import Cause
from domain.evaluation.state import Severity
from models import Incident, IncidentNote, Monitor
from services import pagination
from services.pagination import Page, PageRequest
from services.schedules import regions

MOST_INCIDENTS = 20_000
"""The most incidents that one search reads: a page may end there."""

SCOPE = "incidents"

Place: TypeAlias = tuple[datetime, UUID]
"""When an incident began, and its public id: unique, and the order of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """Incidents that touch [start, end). Every condition has to hold; of several values, one.

    `q` is a part, in any case, of the name of the monitor, of what was found, or of what a person
    wrote on the timeline. `tag` and `region` are those that the monitor has now.
    """

    open: bool | None = None
    acknowledged: bool | None = None
    severity: Sequence[Severity] = ()
    cause: Sequence[Cause] = ()
    tag: Sequence[str] = ()
    region: Sequence[str] = ()
    q: str | None = None
    start: datetime | None = None
    end: datetime | None = None

    @property
    def is_search(self) -> bool:
        """Whether it asks for what no index has."""
        several = (self.severity, self.cause, self.tag, self.region)
        return self.q is not None or self.acknowledged is not None or any(several)


def listed(
    organization_id: int, wanted: IncidentFilter, monitor: Monitor | None
) -> Select[Incident]:
    """Return the query of the incidents by what indexes have: their time, monitor and end."""
    query = select(Incident).where(Incident.organization_id == organization_id)
    if monitor is not None:
        query = query.where(Incident.monitor_id == monitor.id)
    if wanted.open is not None:
        still_open = Incident.ended_at.is_(None)
        query = query.where(still_open if wanted.open else ~still_open)
    if wanted.start is not None:
        query = query.where(Incident.ended_at.is_(None) | (Incident.ended_at > wanted.start))
    if wanted.end is not None:
        query = query.where(Incident.started_at < wanted.end)
    return query


def page(
    session: Session,
    organization_id: int,
    wanted: IncidentFilter,
    request: PageRequest,
    *,
    monitor: Monitor | None = None,
    most: int = MOST_INCIDENTS,
) -> Page[tuple[Incident, Monitor]]:
    """Return a page of what is found, newest first.

    A page may have fewer incidents than its limit, even none, although there are more: it ends
    where `most` were read.
    """
    query = listed(organization_id, wanted, monitor)
    if request.cursor is not None:
        place = pagination.position(SCOPE, request.cursor, datetime.fromisoformat, UUID)
        query = query.where(tuple_(Incident.started_at, Incident.public_id) < place)
    newest_first = (Incident.started_at.desc(), Incident.public_id.desc())
    read = query.order_by(*newest_first).limit(most).subquery()
    incident = aliased(Incident, read)
    rows = session.execute(
        select(incident, Monitor)
        .join(Monitor, Monitor.id == incident.monitor_id)
        .where(*_conditions(session, incident, wanted))
        .order_by(incident.started_at.desc(), incident.public_id.desc())
        .limit(request.limit + 1)
    )
    found = [(each, of_each) for each, of_each in rows]
    cut = pagination.cut(found, request.limit, lambda row: _cursor(_place(row[0])))
    if cut.next_cursor is not None:
        return cut
    last = session.execute(
        select(read.c.started_at, read.c.public_id)
        .order_by(read.c.started_at.desc(), read.c.public_id.desc())
        .offset(most - 1)
        .limit(1)
    ).one_or_none()
    return Page(found, None if last is None else _cursor((last[0], last[1])))


def _conditions(
    session: Session, incident: type[Incident], wanted: IncidentFilter
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.acknowledged is not None:
        is_open = incident.acknowledged_at.is_(None)
        found.append(~is_open if wanted.acknowledged else is_open)
    if wanted.severity:
        found.append(incident.severity.in_(wanted.severity))
    if wanted.cause:
        found.append(incident.cause.in_(wanted.cause))
    if wanted.tag:
        found.append(Monitor.tags.overlap(wanted.tag))
    if wanted.region:
        ids = regions.ids(session, wanted.region)
        found.append(Monitor.region_ids.overlap(list(ids.values())))
    if wanted.q is not None:
        found.append(_has_words(incident, wanted.q))
    return found


def _has_words(incident: type[Incident], words: str) -> ColumnElement[bool]:
    comment = exists().where(
        IncidentNote.incident_id == incident.id,
        IncidentNote.words.icontains(words, autoescape=True),
    )
    return or_(
        Monitor.name.icontains(words, autoescape=True),
        incident.detail.icontains(words, autoescape=True),
        comment,
    )


def _place(incident: Incident) -> Place:
    return incident.started_at, incident.public_id


def _cursor(place: Place) -> str:
    return pagination.cursor(SCOPE, *place)
