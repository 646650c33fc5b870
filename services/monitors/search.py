"""Search of an organization for what a person may mean by a few letters, with three queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models import Channel, Contact, Incident, Monitor
from services.incidents.history import IncidentView

_LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Found:
    monitors: Sequence[Monitor]
    incidents: Sequence[IncidentView]
    contacts: Sequence[Contact]


def find(session: Session, organization_id: int, text: str, *, limit: int, now: datetime) -> Found:
    """Return the first monitors, incidents and contacts with a text in their names or addresses.

    Incidents are those that are open or of the last 30 days, open ones first.
    """
    return Found(
        monitors(session, organization_id, text, limit=limit),
        _incidents(session, organization_id, text, limit, now - _LATELY),
        _contacts(session, organization_id, text, limit),
    )


def monitors(session: Session, organization_id: int, text: str, *, limit: int) -> list[Monitor]:
    """Return the first monitors with a text in their names, addresses or tags.

    Without a text, these are the first by name: forms ask for them whenever they are shown.
    """
    query = select(Monitor).where(
        Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None)
    )
    if not text:
        return list(session.scalars(query.order_by(Monitor.name, Monitor.id).limit(limit)))
    tags = func.array_to_string(Monitor.tags, " ")
    is_like = or_(
        *(each.icontains(text, autoescape=True) for each in (Monitor.name, Monitor.url, tags))
    )
    begins = Monitor.name.istartswith(text, autoescape=True)
    rows = session.scalars(
        query.where(is_like).order_by(begins.desc(), Monitor.name, Monitor.id).limit(limit)
    )
    return list(rows)


def _incidents(
    session: Session, organization_id: int, text: str, limit: int, since: datetime
) -> list[IncidentView]:
    rows = session.execute(
        select(Incident, Monitor)
        .join(Monitor, Monitor.id == Incident.monitor_id)
        .where(
            Incident.organization_id == organization_id,
            or_(Incident.ended_at.is_(None), Incident.started_at > since),
            Monitor.name.icontains(text, autoescape=True),
        )
        .order_by(Incident.ended_at.is_(None).desc(), Incident.started_at.desc())
        .limit(limit)
    )
    return [IncidentView(*row) for row in rows]


def _contacts(session: Session, organization_id: int, text: str, limit: int) -> list[Contact]:
    reached = select(Channel.id).where(
        Channel.contact_id == Contact.id,
        Channel.deleted_at.is_(None),
        Channel.address.icontains(text, autoescape=True),
    )
    rows = session.scalars(
        select(Contact)
        .where(
            Contact.organization_id == organization_id,
            or_(Contact.name.icontains(text, autoescape=True), reached.exists()),
        )
        .order_by(Contact.name, Contact.public_id)
        .limit(limit)
    )
    return list(rows)
