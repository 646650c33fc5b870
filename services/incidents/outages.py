"""The whole outage of an incident: all incidents of a chain of severity changes up to it."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import Outage
from domain.evaluation.state import Severity
from models import Incident


def of(session: Session, last: Incident, *, is_over: bool, until: datetime) -> Outage:
    """Return the outage up to its last incident. While it is open, `down_for` counts to `until`."""
    incidents = [last] if last.follows_id is None else _up_to(session, last.id)
    ended_at = last.ended_at if is_over else None
    down = [
        _length(each, min(each.ended_at or until, ended_at or until))
        for each in incidents
        if each.severity is Severity.DOWN
    ]
    return Outage(
        started_at=incidents[-1].started_at,
        ended_at=ended_at,
        down_for=sum(down, timedelta()),
    )


def _up_to(session: Session, incident_id: int) -> list[Incident]:
    """Return an incident and those that it followed, the newest first."""
    chain = (
        select(Incident.id, Incident.follows_id)
        .where(Incident.id == incident_id)
        .cte("chain", recursive=True)
    )
    chain = chain.union(
        select(Incident.id, Incident.follows_id).join(chain, Incident.id == chain.c.follows_id)
    )
    query = select(Incident).where(Incident.id.in_(select(chain.c.id)))
    newest_first = query.order_by(Incident.id.desc())
    return list(session.scalars(newest_first.execution_options(populate_existing=True)))


def _length(incident: Incident, until: datetime) -> timedelta:
    return max(until - incident.started_at, timedelta())
