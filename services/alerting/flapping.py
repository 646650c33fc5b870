"""Flapping monitors: one message at the beginning, then no alerts until the monitor is stable.

While a monitor is flapping, its incidents are suppressed. Recoveries that are owed are still sent.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from domain.alerting.alert import STATE, AlertEvent
from domain.evaluation.flapping import is_flapping
from models import Delivery, Incident, Monitor, MonitorState
from services.after_commit import hints
from services.alerting import flapping_changes, notification_targets
from services.maintenance import active as active_maintenance
from services.outbox import deliveries
from services.outbox import recipients as outbox_recipients
from services.outbox.recipients import Destination

MOST = 200
"""The most monitors that one sweep releases, so that its transaction stays short."""

Watched = Row[MonitorState, Monitor]


def watched(session: Session, incident: Incident) -> Watched:
    """Read the current state of the incident's monitor."""
    return session.execute(
        select(MonitorState, Monitor)
        .join(Monitor, Monitor.id == MonitorState.monitor_id)
        .where(MonitorState.monitor_id == incident.monitor_id)
        .execution_options(populate_existing=True)
    ).one()


def note_change(session: Session, incident: Incident, of: Watched, *, now: datetime) -> None:
    """Count a change of the incident's monitor, and notify once if it begins to flap.

    The caller holds the lock of the monitor's state row and has written the change.
    """
    state, monitor = of
    if state.flapping_since is not None or monitor.flap_changes is None:
        return
    changes = flapping_changes.of(session, [monitor.id], now=now)[monitor.id]
    if not is_flapping(changes.count, changes.most, was=False):
        return
    state.flapping_since = now
    session.flush()
    hints.note(session, monitor.organization_id, "monitors")
    everybody = notification_targets.of(session, incident, monitor, now=now)
    deliveries.record(
        session,
        organization_id=monitor.organization_id,
        dedup_key=_about(monitor.id, AlertEvent.FLAPPING, now),
        event=AlertEvent.FLAPPING,
        channels=[
            *notification_targets.recipients(everybody.first()),
            *outbox_recipients.still_reached(session, incident),
        ],
        monitor_id=monitor.id,
        facts={"facts": [_in_words(monitor, changes.count)]},
        now=now,
    )


def settle(session: Session, *, now: datetime, limit: int = MOST) -> None:
    """Resume notifications about monitors that are stable again.

    The sweep of due incidents then notifies of those that are down.
    """
    flapping = session.scalars(
        select(MonitorState.monitor_id).where(MonitorState.flapping_since.is_not(None))
    ).all()
    rows = session.execute(
        select(MonitorState, Monitor)
        .join(Monitor, Monitor.id == MonitorState.monitor_id)
        .where(MonitorState.monitor_id.in_(_calm(session, flapping, now=now)[:limit]))
        .order_by(MonitorState.monitor_id)
        .with_for_update(of=MonitorState, key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        _settle(session, row, now=now)


def _calm(session: Session, monitor_ids: Sequence[int], *, now: datetime) -> Sequence[int]:
    """Return which of these flapping monitors are stable again.

    A paused monitor, or one in maintenance, cannot be judged: it is checked again afterwards. A
    deleted monitor always counts as stable.
    """
    if not monitor_ids:
        return []
    rows = session.execute(
        select(Monitor.id, Monitor.deleted_at)
        .where(
            Monitor.id.in_(monitor_ids),
            Monitor.deleted_at.is_not(None)
            | (~Monitor.paused & ~active_maintenance.applies_now(now)),
        )
        .order_by(Monitor.id)
    ).all()
    changes = flapping_changes.of(session, [row.id for row in rows], now=now)
    return [
        row.id
        for row in rows
        if row.deleted_at is not None
        or not is_flapping(changes[row.id].count, changes[row.id].most, was=True)
    ]


def _settle(session: Session, of: Watched, *, now: datetime) -> None:
    state, monitor = of
    since = state.flapping_since
    # Check again under the lock.
    if since is None or monitor.id not in _calm(session, [monitor.id], now=now):
        return
    state.flapping_since = None
    hints.note(session, monitor.organization_id, "monitors")
    session.execute(
        update(Incident)
        .where(Incident.monitor_id == monitor.id, Incident.ended_at.is_(None))
        .values(next_at=now)
    )
    notified = session.execute(
        select(Delivery.kind, Delivery.address, Delivery.channel_id).where(
            Delivery.organization_id == monitor.organization_id,
            Delivery.dedup_key == _about(monitor.id, AlertEvent.FLAPPING, since),
        )
    )
    deliveries.record(
        session,
        organization_id=monitor.organization_id,
        dedup_key=_about(monitor.id, AlertEvent.STABLE, since),
        event=AlertEvent.STABLE,
        channels=[Destination(*row) for row in notified],
        monitor_id=monitor.id,
        facts=_settled(monitor, state),
        now=now,
    )


def _settled(monitor: Monitor, state: MonitorState) -> dict[str, Any]:
    if monitor.deleted_at is not None:
        return {"is_deleted": True, "facts": [(STATE, "deleted")]}
    return {"facts": [(STATE, state.state.value)]}


def _about(monitor_id: int, event: AlertEvent, since: datetime) -> str:
    return f"monitor/{monitor_id}/{event}/{since.timestamp():.6f}"


def _in_words(monitor: Monitor, changes: int) -> tuple[str, str]:
    return "Changes", f"{changes} within {monitor.flap_window_seconds // 60} minutes"
