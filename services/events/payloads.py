"""Payloads of events about monitors and incidents, from their current rows."""

from sqlalchemy.orm import Session

from models import Expiry, Incident, Monitor
from services.events import schemas as bodies


def monitor(row: Monitor) -> bodies.Monitor:
    return bodies.Monitor(
        id=row.public_id, name=row.name, kind=row.kind, url=row.url or None, tags=list(row.tags)
    )


def of_monitor(row: Monitor) -> bodies.OfMonitor:
    return bodies.OfMonitor(monitor=monitor(row))


def of_incident(session: Session, row: Incident) -> bodies.OfIncident:
    return bodies.OfIncident(
        monitor=monitor(session.get_one(Monitor, row.monitor_id)),
        incident=bodies.Incident(
            id=row.public_id,
            severity=row.severity,
            cause=row.cause.word,
            detail=row.detail,
            started_at=row.started_at,
            confirmed_at=row.confirmed_at,
            ended_at=row.ended_at,
            resolution=row.resolution,
            acknowledged_at=row.acknowledged_at,
            acknowledged_by=row.acknowledged_by,
        ),
    )


def expiring(row: Expiry, watched: Monitor, days: int) -> bodies.Expiring:
    expiry = bodies.Expiry(subject=row.subject, expires_at=row.expires_at, identity=row.identity)
    return bodies.Expiring(monitor=monitor(watched), expiry=expiry, days=days)
