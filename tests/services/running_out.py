"""A monitor whose certificate runs out, and what was told of it."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation.outcome import Outcome
from domain.expiry import Expiry as Seen
from domain.expiry import Subject
from models import Delivery, Monitor
from probes.base import ProbeResult
from services.checks import record as check_record
from services.evaluation.results import Observed
from services.warnings import expiries
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.outage import NOW, notify

CERTIFICATE = "c1"


def shop(session: Session, *channels: tuple[str, str], **values: object) -> Monitor:
    monitor = make.monitor(session, organization(session).id, now=NOW, **values)
    if channels:
        notify(session, monitor, *channels)
    return monitor


def see(
    session: Session,
    monitor: Monitor,
    days_left: float,
    *,
    identity: str = CERTIFICATE,
    now: datetime = NOW,
    version: int = 1,
) -> None:
    """Let a check of the monitor find a certificate that lasts so many days from `NOW` on."""
    expiry = Seen(Subject.CERTIFICATE, NOW + timedelta(days=days_left), identity)
    observed = Observed(
        organization_id=monitor.organization_id,
        monitor_id=monitor.id,
        region_id=1,
        slot=int(now.timestamp()),
        version=version,
        result=ProbeResult(outcome=Outcome.UP, http_status=200, expiry=expiry),
    )
    check_record.record(session, [observed], now=now)


def after(days: float) -> datetime:
    return NOW + timedelta(days=days)


def notified(session: Session) -> list[tuple[str, float]]:
    """Return the threshold of each message, in the order of writing, and when it was written."""
    rows = session.scalars(select(Delivery).order_by(Delivery.id))
    return [
        (row.dedup_key.rpartition("/")[2], round((row.created_at - NOW) / timedelta(days=1), 2))
        for row in rows
        if row.event is AlertEvent.EXPIRY
    ]


def sweep_daily(session: Session, days: int) -> None:
    for hour in range(days * 24):
        expiries.sweep(session, now=NOW + timedelta(hours=hour))
