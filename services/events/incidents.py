"""Events about outages: the change of the monitor, and that of the incident."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.evaluation.state import Severity
from models import Incident
from services.events import emit as emit_event
from services.events import payloads as event_payloads

_WORSE = {Severity.DOWN: "monitor.down", Severity.DEGRADED: "monitor.degraded"}


def opened(session: Session, incident: Incident, *, now: datetime) -> None:
    """Emit the events of a new incident, by its severity."""
    names = (_WORSE[incident.severity], "incident.opened")
    _emit(session, incident, *names, now=now)


def closed(session: Session, incident: Incident, *, now: datetime) -> None:
    """Emit the events of a recovery."""
    _emit(session, incident, "incident.closed", "monitor.up", now=now)


def ended(session: Session, incident: Incident, *, now: datetime) -> None:
    """Emit the end of an incident without a recovery: another one follows, or it was deleted."""
    _emit(session, incident, "incident.closed", now=now)


def acknowledged(session: Session, incident: Incident, *, now: datetime) -> None:
    _emit(session, incident, "incident.acknowledged", now=now)


def _emit(session: Session, incident: Incident, *names: str, now: datetime) -> None:
    emit_event.emit(
        session,
        incident.organization_id,
        names,
        lambda: event_payloads.of_incident(session, incident),
        monitor_id=incident.monitor_id,
        now=now,
    )
