"""Events about monitors themselves: created, changed and deleted."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from models import Monitor
from services.events import emit as emit_event
from services.events import payloads as event_payloads
from services.events.schemas import Data, MonitorChanged

_CREATED = "monitor.created"


def refuse_many(session: Session, organization_id: int, count: int) -> None:
    """Raise `Conflict` if that many new monitors at once would be too many messages."""
    emit_event.refuse_many(session, organization_id, _CREATED, count)


def created(session: Session, monitors: Sequence[Monitor], *, now: datetime) -> None:
    if not monitors:
        return
    data = {monitor.id: event_payloads.of_monitor(monitor) for monitor in monitors}
    emit_event.emit_each(session, monitors[0].organization_id, _CREATED, data, now=now)


def changed(session: Session, monitor: Monitor, changes: Sequence[str], *, now: datetime) -> None:
    """Emit the names of the changed fields, if there are any."""
    if not changes:
        return
    data = MonitorChanged(monitor=event_payloads.monitor(monitor), changes=sorted(changes))
    _emit(session, monitor, "monitor.changed", data, now=now)


def deleted(session: Session, monitor: Monitor, *, now: datetime) -> None:
    _emit(session, monitor, "monitor.deleted", event_payloads.of_monitor(monitor), now=now)


def _emit(session: Session, monitor: Monitor, name: str, data: Data, *, now: datetime) -> None:
    emit_event.emit(
        session, monitor.organization_id, [name], lambda: data, monitor_id=monitor.id, now=now
    )
