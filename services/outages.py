"""Open and close incidents, and write down who is to be told, in the caller's transaction."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Incident
from models.incident import Resolution
from services import deliveries
from services.results import Observed


def open_incident(
    session: Session, confirming: Observed, *, started_at: datetime, now: datetime
) -> list[int]:
    """Open the incident that this check confirmed; return the ids of its deliveries."""
    incident = Incident(
        organization_id=confirming.organization_id,
        monitor_id=confirming.monitor_id,
        started_at=started_at,
        confirmed_at=now,
        cause=confirming.result.cause,
        detail=confirming.result.detail,
    )
    session.add(incident)
    session.flush()
    return deliveries.record_down(session, incident, now=now)


def close_incident(
    session: Session, monitor_id: int, *, ended_at: datetime, now: datetime
) -> list[int]:
    """Close the open incident of a monitor that recovered; return the ids of its deliveries."""
    incident = session.scalars(
        select(Incident).where(Incident.monitor_id == monitor_id, Incident.ended_at.is_(None))
    ).one()
    incident.ended_at = ended_at
    incident.resolution = Resolution.RECOVERED
    session.flush()
    return deliveries.record_up(session, incident, now=now)
