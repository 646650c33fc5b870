"""A monitor of several regions, and what they see of it."""

from datetime import datetime, timedelta
from time import time

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Incident, Monitor
from probes.base import ProbeResult
from services.checks import record as check_record
from services.evaluation.results import Observed
from services.schedules import regions
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.watched import UP

SLOT = int(time()) // 60 * 60
NOW = make.at(SLOT)


def see(session: Session, monitor: Monitor, slot: int, **seen: ProbeResult) -> None:
    ids = regions.ids(session, seen)
    observed = [
        Observed(
            organization_id=monitor.organization_id,
            monitor_id=monitor.id,
            region_id=ids[name],
            slot=slot,
            version=monitor.version,
            result=result,
        )
        for name, result in seen.items()
    ]
    check_record.record(session, observed, now=make.at(slot))


def incidents(session: Session) -> list[tuple[datetime, datetime | None]]:
    session.expire_all()
    rows = session.scalars(select(Incident).order_by(Incident.id))
    return [(row.started_at, row.ended_at) for row in rows]


def watched_from_three(session: Session) -> Monitor:
    """Watch from three regions, all of which were up."""
    for name in ("north", "south"):
        regions.register(session, name, now=NOW)
    monitor = make.monitor(
        session,
        organization(session).id,
        now=NOW - timedelta(hours=1),
        regions=["default", "north", "south"],
        confirmations=1,
    )
    see(session, monitor, SLOT, default=UP, north=UP, south=UP)
    return monitor
