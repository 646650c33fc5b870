"""What integrators hear of monitors themselves: created, changed, deleted, seen down by a region."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from models import Monitor
from services import event_facts, events
from services.event_bodies import Data, MonitorChanged


def created(session: Session, monitors: Iterable[Monitor], *, now: datetime) -> list[int]:
    return [
        delivery_id
        for monitor in monitors
        for delivery_id in _emit(
            session, monitor, "monitor.created", event_facts.of_monitor(monitor), now=now
        )
    ]


def changed(
    session: Session, monitor: Monitor, changes: Sequence[str], *, now: datetime
) -> list[int]:
    """Tell which fields have another value than before, if any has."""
    if not changes:
        return []
    data = MonitorChanged(monitor=event_facts.monitor(monitor), changes=sorted(changes))
    return _emit(session, monitor, "monitor.changed", data, now=now)


def deleted(session: Session, monitor: Monitor, *, now: datetime) -> list[int]:
    return _emit(session, monitor, "monitor.deleted", event_facts.of_monitor(monitor), now=now)


def _emit(session: Session, monitor: Monitor, name: str, data: Data, *, now: datetime) -> list[int]:
    return events.emit(
        session, monitor.organization_id, [name], lambda: data, monitor_id=monitor.id, now=now
    )
