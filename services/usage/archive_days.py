"""Hands the limit `archive_days` of each plan to the archive, which hides and deletes by it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ArchiveRetention
from services import quotas
from services.archive import retention
from services.plans import terms

_LIMIT = "archive_days"


def adjust(session: Session, organization_ids: Sequence[int], *, now: datetime) -> None:
    """Tell the archive of the organizations whose plan or override names other days.

    Without either, the archive keeps what the settings say, also when they change. A limit of 0
    keeps nothing beyond the database: it hides all days but the last, which is never archived only.
    """
    rows = session.execute(
        select(ArchiveRetention.organization_id, ArchiveRetention.days).where(
            ArchiveRetention.organization_id.in_(organization_ids)
        )
    )
    known = {row.organization_id: row.days for row in rows}
    for organization_id in organization_ids:
        own = terms.of(session, organization_id)
        is_named = _LIMIT in own.overrides or _LIMIT in own.plan.limits
        limit = max(1, quotas.limit(session, organization_id, _LIMIT))
        wanted = limit if is_named else None
        if known.get(organization_id) != wanted:
            usual = terms.usual(session, _LIMIT)
            retention.set_days(session, organization_id, wanted, default_days=usual, now=now)
