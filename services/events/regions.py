"""Events about advisories: regions that see an outage below the quorum."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from models import Monitor, Region
from services.evaluation.state_changes import StateChange, moment
from services.events import emit as emit_event
from services.events import payloads as event_payloads
from services.events.schemas import RegionDown


def down(session: Session, steps: Iterable[StateChange], *, now: datetime) -> None:
    """Emit an event for each region that began to see an outage below the quorum."""
    for step in steps:
        for region_id in step.advisories:
            _down(session, step, region_id, now=now)


def _down(session: Session, step: StateChange, region_id: int, *, now: datetime) -> None:
    monitor = session.get_one(Monitor, step.monitor.monitor_id)
    last = next(each for each, _ in reversed(step.advances) if each.region_id == region_id)
    emit_event.emit(
        session,
        monitor.organization_id,
        ["monitor.region_down"],
        lambda: RegionDown(
            monitor=event_payloads.monitor(monitor),
            region=session.get_one(Region, region_id).name,
            since=moment(step.region_statuses[region_id].outage_since),
            cause=last.result.cause.word,
            detail=last.result.detail,
        ),
        monitor_id=monitor.id,
        now=now,
    )
