"""The incidents that belong to one: of its parents and children, and those before and after it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from models import Incident, Monitor, MonitorParent
from services.incidents.history import IncidentView

MOST = 20
"""The most parents or children of one incident."""


@dataclass(frozen=True, slots=True)
class Relatives:
    """Incidents of parents and children at the same time, and the one that followed."""

    parents: Sequence[IncidentView]
    children: Sequence[IncidentView]
    followed_by: uuid.UUID | None


def of(session: Session, incident: Incident, *, now: datetime) -> Relatives:
    """Return the relatives of an incident, with three queries; at most `MOST` of each kind."""
    mine = incident.monitor_id
    parents = select(MonitorParent.parent_id).where(MonitorParent.monitor_id == mine)
    children = select(MonitorParent.monitor_id).where(MonitorParent.parent_id == mine)
    return Relatives(
        _overlapping(session, incident, Incident.monitor_id.in_(parents), now),
        _overlapping(session, incident, Incident.monitor_id.in_(children), now),
        session.scalars(
            select(Incident.public_id).where(
                Incident.organization_id == incident.organization_id,
                Incident.follows_id == incident.id,
            )
        ).one_or_none(),
    )


def _overlapping(
    session: Session, incident: Incident, which: ColumnElement[bool], now: datetime
) -> list[IncidentView]:
    query: Select[Incident, Monitor] = (
        select(Incident, Monitor)
        .join(Monitor, Monitor.id == Incident.monitor_id)
        .where(
            Incident.organization_id == incident.organization_id,
            which,
            Incident.started_at < (incident.ended_at or now),
            or_(Incident.ended_at.is_(None), Incident.ended_at > incident.started_at),
        )
        .order_by(Incident.started_at, Incident.id)
        .limit(MOST)
    )
    return [IncidentView(*row) for row in session.execute(query)]
