"""What becomes of credentials: how many monitors use each, and when one was last refused."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause
from models import Incident, Monitor, MonitorCredential

_RECENT = timedelta(days=90)


def monitors(session: Session, credential_ids: Collection[int]) -> dict[int, int]:
    """Return the number of monitors that use each of these credentials, if any does."""
    rows = session.execute(
        select(MonitorCredential.credential_id, func.count())
        .join(Monitor, Monitor.id == MonitorCredential.monitor_id)
        .where(MonitorCredential.credential_id.in_(credential_ids), Monitor.deleted_at.is_(None))
        .group_by(MonitorCredential.credential_id)
    )
    return dict(rows.all())


def refusals(
    session: Session, credential_ids: Collection[int], *, now: datetime
) -> dict[int, Incident]:
    """Return the last outage of the past 90 days whose cause was the authorization, by credential.

    Of several credentials of a monitor, it says nothing about which of them was refused.
    """
    rows = session.execute(
        select(MonitorCredential.credential_id, Incident)
        .join(Incident, Incident.monitor_id == MonitorCredential.monitor_id)
        .where(
            MonitorCredential.credential_id.in_(credential_ids),
            Incident.cause == Cause.AUTHORIZATION,
            Incident.started_at > now - _RECENT,
        )
        .ext(distinct_on(MonitorCredential.credential_id))
        .order_by(MonitorCredential.credential_id, Incident.started_at.desc())
    )
    return dict(rows.all())
