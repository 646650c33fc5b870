"""The begin and the end of maintenance: it changes what pages show, and nothing is written then."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import MaintenanceSpan
from services.after_commit import hints


def note(session: Session, *, since: datetime, now: datetime) -> None:
    """Note the organizations whose maintenance began or ended in (since, now]."""
    began = (MaintenanceSpan.began_at > since) & (MaintenanceSpan.began_at <= now)
    found = session.scalars(
        select(MaintenanceSpan.organization_id)
        .where(MaintenanceSpan.ends_at > since, or_(began, MaintenanceSpan.ends_at <= now))
        .distinct()
    )
    for organization_id in found.all():
        hints.note(session, organization_id, "maintenance")
