"""Chains of incidents whose severity changed: one outage to the recipients."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Incident


def last(session: Session, incident_id: int) -> Incident:
    """Return the last incident of the chain after this one, or the incident itself."""
    chain = select(Incident.id).where(Incident.id == incident_id).cte("chain", recursive=True)
    chain = chain.union(select(Incident.id).join(chain, Incident.follows_id == chain.c.id))
    query = select(Incident).where(Incident.id.in_(select(chain.c.id)))
    newest = query.order_by(Incident.id.desc()).limit(1)
    return session.scalars(newest.execution_options(populate_existing=True)).one()


def first(session: Session, incident: Incident) -> int:
    """Return the id of the first incident of the chain that this one belongs to."""
    if incident.follows_id is None:
        return incident.id
    chain = (
        select(Incident.id, Incident.follows_id)
        .where(Incident.id == incident.follows_id)
        .cte("chain", recursive=True)
    )
    chain = chain.union(
        select(Incident.id, Incident.follows_id).join(chain, Incident.id == chain.c.follows_id)
    )
    root = select(chain.c.id).where(chain.c.follows_id.is_(None))
    found: int = session.scalars(root).one()
    return found
