"""Monitors as they are shown: each with its state, its contact groups and its credentials."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models import Heartbeat, Monitor, MonitorState
from services import heartbeats, references
from services.errors import NotFound


@dataclass(frozen=True, slots=True)
class MonitorView:
    monitor: Monitor
    state: MonitorState
    contact_group_ids: Sequence[uuid.UUID] = ()
    credential_ids: Sequence[uuid.UUID] = ()
    heartbeat: Heartbeat | None = None


def existing(organization_id: int) -> Select[Monitor, MonitorState]:
    """Select the monitors of an organization, without those that were deleted."""
    return (
        select(Monitor, MonitorState)
        .join(MonitorState, MonitorState.monitor_id == Monitor.id)
        .where(Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None))
    )


def find(session: Session, organization_id: int, monitor_id: uuid.UUID) -> MonitorView:
    found = session.execute(
        existing(organization_id).where(Monitor.public_id == monitor_id)
    ).one_or_none()
    if found is None:
        raise NotFound("monitor")
    return views(session, [(found.Monitor, found.MonitorState)])[0]


def find_locked(session: Session, organization_id: int, monitor_id: uuid.UUID) -> MonitorView:
    """Find a monitor and keep check results and other edits away from it until the commit."""
    state = session.scalars(
        existing(organization_id)
        .with_only_columns(MonitorState)
        .where(Monitor.public_id == monitor_id)
        # Not `FOR UPDATE`: rows that refer to this one may still be written.
        .with_for_update(of=MonitorState, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if state is None:
        raise NotFound("monitor")
    # Read only now, since who held the lock before us may have changed or deleted it.
    monitor = session.get_one(Monitor, state.monitor_id, populate_existing=True)
    if monitor.deleted_at is not None:
        raise NotFound("monitor")
    return views(session, [(monitor, state)])[0]


def views(session: Session, rows: Iterable[tuple[Monitor, MonitorState]]) -> list[MonitorView]:
    """Add what all of these refer to, by one query."""
    rows = list(rows)
    named = references.of(session, [monitor.id for monitor, _ in rows])
    pinged = heartbeats.of(session, [monitor for monitor, _ in rows])
    return [
        MonitorView(
            monitor,
            state,
            named[monitor.id].contact_group_ids,
            named[monitor.id].credential_ids,
            pinged.get(monitor.id),
        )
        for monitor, state in rows
    ]
