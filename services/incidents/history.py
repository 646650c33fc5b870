"""The history of incidents: what was down, when, and who was notified."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from models import Incident, Monitor
from services import pagination
from services.errors import NotFound
from services.incidents import search
from services.incidents import timeline as incident_timeline
from services.incidents.search import IncidentFilter
from services.incidents.timeline import Entry
from services.outbox import history as delivery_history
from services.outbox.history import DeliveryView
from services.time_range import refuse_reversed

_NEWEST_FIRST = pagination.Order(
    scope=search.SCOPE, columns=(Incident.started_at, Incident.public_id), is_descending=True
)


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident with its monitor, which may be deleted; the rest only for a single incident."""

    incident: Incident
    monitor: Monitor
    deliveries: Sequence[DeliveryView] = ()
    timeline: Sequence[Entry] = ()
    follows_id: uuid.UUID | None = None


def page(
    session: Session,
    organization_id: int,
    wanted: IncidentFilter,
    request: pagination.PageRequest,
    *,
    monitor: Monitor | None = None,
) -> pagination.Page[IncidentView]:
    """List incidents, newest first; a search may end a page early, see `search.page`.

    Raise `Invalid` for a reversed period.
    """
    refuse_reversed(wanted.start, wanted.end)
    if wanted.is_search:
        found = search.page(session, organization_id, wanted, request, monitor=monitor)
        return found.each(lambda row: IncidentView(*row))
    query = search.listed(organization_id, wanted, monitor)
    query_with_monitor = query.add_columns(Monitor).join(Monitor, Monitor.id == Incident.monitor_id)
    rows = pagination.read_rows(session, query_with_monitor, _NEWEST_FIRST, request)
    return rows.each(lambda row: IncidentView(*row))


def find(
    session: Session, organization_id: int, incident_id: uuid.UUID, *, most: int | None = None
) -> IncidentView:
    """Return an incident with its timeline and its deliveries, oldest first.

    With `most`, there are only so many of each: the latest. Raise `NotFound` if there is none.
    """
    view = head(session, organization_id, incident_id)
    views = delivery_history.of_incident(session, view.incident, most=most)
    follows_id = session.scalars(
        select(Incident.public_id).where(Incident.id == view.incident.follows_id)
    ).one_or_none()
    timeline = incident_timeline.timeline(session, view.incident, most=most)
    return IncidentView(view.incident, view.monitor, views, timeline, follows_id)


def head(session: Session, organization_id: int, incident_id: uuid.UUID) -> IncidentView:
    """Return an incident with its monitor alone. Raise `NotFound` if there is none."""
    row = session.execute(
        _of_organization(organization_id).where(Incident.public_id == incident_id)
    ).one_or_none()
    if row is None:
        raise NotFound("incident")
    return IncidentView(*row)


def urgent(session: Session, organization_id: int, *, limit: int) -> list[IncidentView]:
    """Return the open incidents that nobody attends to, oldest first, and then the others."""
    is_attended = or_(
        Incident.acknowledged_at.is_not(None),
        Incident.snoozed_until.is_not(None),
        Incident.suppressed_by.is_not(None),
    )
    rows = session.execute(
        _of_organization(organization_id)
        .where(Incident.ended_at.is_(None))
        .order_by(is_attended, Incident.started_at, Incident.id)
        .limit(limit)
    )
    return [IncidentView(*row) for row in rows]


def open_of(
    session: Session, organization_id: int, monitor_ids: Collection[int]
) -> dict[int, Incident]:
    """Return the open incident of each of those monitors that has one."""
    rows = session.scalars(
        select(Incident).where(
            Incident.organization_id == organization_id,
            Incident.monitor_id.in_(monitor_ids),
            Incident.ended_at.is_(None),
        )
    )
    return {incident.monitor_id: incident for incident in rows}


def _of_organization(organization_id: int) -> Select[Incident, Monitor]:
    return (
        select(Incident, Monitor)
        .join(Monitor, Monitor.id == Incident.monitor_id)
        .where(Incident.organization_id == organization_id)
    )
