"""Incidents as history: what was down, when, and who was told."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import Session

from models import Delivery, Incident, Monitor
from models.delivery import DeliveryState
from services import pages
from services.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """Incidents that touch [start, end)."""

    open: bool | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryView:
    delivery: Delivery
    incident_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident with its monitor, which may be deleted by now; deliveries only if asked for."""

    incident: Incident
    monitor: Monitor
    deliveries: Sequence[DeliveryView] = ()


def page(
    session: Session,
    organization_id: int,
    wanted: IncidentFilter,
    request: pages.PageRequest,
    *,
    monitor: Monitor | None = None,
) -> pages.Page[IncidentView]:
    """List incidents, the newest first."""
    query = _of_organization(organization_id).where(*_conditions(wanted))
    if monitor is not None:
        query = query.where(Incident.monitor_id == monitor.id)
    if request.cursor is not None:
        after = pages.position("incidents", request.cursor, datetime.fromisoformat, uuid.UUID)
        query = query.where(tuple_(Incident.started_at, Incident.public_id) < tuple_(*after))
    rows = session.execute(
        query.order_by(Incident.started_at.desc(), Incident.public_id.desc()).limit(
            request.limit + 1
        )
    ).all()
    return pages.cut(
        [IncidentView(*row) for row in rows],
        request.limit,
        lambda view: pages.cursor(
            "incidents", view.incident.started_at.isoformat(), view.incident.public_id
        ),
    )


def find(session: Session, organization_id: int, incident_id: uuid.UUID) -> IncidentView:
    """Find an incident, with what was or will be sent about it, oldest first."""
    row = session.execute(
        _of_organization(organization_id).where(Incident.public_id == incident_id)
    ).one_or_none()
    if row is None:
        raise NotFound("incident")
    deliveries = session.scalars(
        select(Delivery)
        .where(Delivery.incident_id == row.Incident.id, Delivery.organization_id == organization_id)
        .order_by(Delivery.id)
    )
    views = [DeliveryView(delivery, row.Incident.public_id) for delivery in deliveries]
    return IncidentView(row.Incident, row.Monitor, views)


def delivery_page(
    session: Session,
    organization_id: int,
    states: Sequence[DeliveryState],
    request: pages.PageRequest,
) -> pages.Page[DeliveryView]:
    """List deliveries of all incidents, the newest first."""
    query = (
        select(Delivery, Incident.public_id)
        .join(Incident, Incident.id == Delivery.incident_id)
        .where(Delivery.organization_id == organization_id)
    )
    if states:
        query = query.where(Delivery.state.in_(states))
    if request.cursor is not None:
        after = pages.position("deliveries", request.cursor, datetime.fromisoformat, uuid.UUID)
        query = query.where(tuple_(Delivery.created_at, Delivery.public_id) < tuple_(*after))
    rows = session.execute(
        query.order_by(Delivery.created_at.desc(), Delivery.public_id.desc()).limit(
            request.limit + 1
        )
    ).all()
    return pages.cut(
        [DeliveryView(*row) for row in rows],
        request.limit,
        lambda view: pages.cursor(
            "deliveries", view.delivery.created_at.isoformat(), view.delivery.public_id
        ),
    )


def _of_organization(organization_id: int) -> Select[Incident, Monitor]:
    return (
        select(Incident, Monitor)
        .join(Monitor, Monitor.id == Incident.monitor_id)
        .where(Incident.organization_id == organization_id)
    )


def _conditions(wanted: IncidentFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.open is not None:
        still_open = Incident.ended_at.is_(None)
        conditions.append(still_open if wanted.open else ~still_open)
    if wanted.start is not None:
        conditions.append(Incident.ended_at.is_(None) | (Incident.ended_at > wanted.start))
    if wanted.end is not None:
        conditions.append(Incident.started_at < wanted.end)
    return conditions
