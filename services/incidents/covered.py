"""Open incidents of the monitors that a maintenance window names."""

import uuid
from collections.abc import Collection

from sqlalchemy import or_, select, true
from sqlalchemy.orm import Session

from models import Incident, Monitor
from services.incidents.history import IncidentView


def by(
    session: Session,
    organization_id: int,
    *,
    all_monitors: bool,
    monitor_ids: Collection[uuid.UUID],
    tags: Collection[str],
    limit: int,
) -> list[IncidentView]:
    """Return the open incidents under such a window, oldest first."""
    named = or_(Monitor.public_id.in_(monitor_ids), Monitor.tags.overlap(list(tags)))
    rows = session.execute(
        select(Incident, Monitor)
        .join(Monitor, Monitor.id == Incident.monitor_id)
        .where(
            Incident.organization_id == organization_id,
            Incident.ended_at.is_(None),
            true() if all_monitors else named,
        )
        .order_by(Incident.started_at, Incident.id)
        .limit(limit)
    )
    return [IncidentView(*row) for row in rows]
