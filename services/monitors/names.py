"""The names of monitors, for what refers to them. They need not be unique."""

import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Monitor


def of(
    session: Session, organization_id: int, monitor_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, str]:
    """Return the names of the existing monitors among these, in the order of their names."""
    rows = session.execute(
        select(Monitor.public_id, Monitor.name)
        .where(
            Monitor.organization_id == organization_id,
            Monitor.public_id.in_(monitor_ids),
            Monitor.deleted_at.is_(None),
        )
        .order_by(Monitor.name)
    )
    return dict(rows.all())
