"""Views of monitors: each with its state, its contact groups and its credentials."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from domain.evaluation.display_status import DisplayStatus, shown
from domain.evaluation.state import State
from models import Expiry, Heartbeat, Monitor, MonitorRegionState, MonitorState
from security.vault import KeyRing
from services.dependencies import dependencies
from services.errors import NotFound
from services.escalation import views as escalation_views
from services.heartbeats import heartbeats
from services.heartbeats import tokens as ping_tokens
from services.maintenance import active as active_maintenance
from services.monitors import relations as monitor_relations
from services.projects import projects
from services.schedules import regions
from services.warnings import expiries


@dataclass(frozen=True, slots=True)
class RegionView:
    """The state in one of several regions; `is_advisory` means an outage below the quorum."""

    name: str
    state: State
    since: datetime
    is_advisory: bool


@dataclass(frozen=True, slots=True)
class MonitorView:
    monitor: Monitor
    state: MonitorState
    contact_group_ids: Sequence[uuid.UUID] = ()
    credential_ids: Sequence[uuid.UUID] = ()
    heartbeat: Heartbeat | None = None
    regions: Sequence[str] = ()
    region_states: Sequence[RegionView] = ()
    escalation_policy_id: uuid.UUID | None = None
    parent_ids: Sequence[uuid.UUID] = ()
    expiries: Sequence[Expiry] = ()
    maintenance_until: datetime | None = None
    project_id: uuid.UUID | None = None
    ping_token: str | None = field(default=None, repr=False)

    @property
    def display_status(self) -> DisplayStatus:
        return shown(self.state.state, in_maintenance=self.maintenance_until is not None)


def existing(organization_id: int) -> Select[Monitor, MonitorState]:
    """Select the monitors of an organization that are not deleted."""
    return (
        select(Monitor, MonitorState)
        .join(MonitorState, MonitorState.monitor_id == Monitor.id)
        .where(Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None))
    )


def find(session: Session, organization_id: int, monitor_id: uuid.UUID) -> MonitorView:
    """Return a monitor that is not deleted. Raise `NotFound` if there is none."""
    found = session.execute(
        existing(organization_id).where(Monitor.public_id == monitor_id)
    ).one_or_none()
    if found is None:
        raise NotFound("monitor")
    return views(session, [(found.Monitor, found.MonitorState)])[0]


def among(
    session: Session, organization_id: int, monitor_ids: Collection[uuid.UUID]
) -> list[MonitorView]:
    """Return the existing monitors among these, oldest first, with a constant number of queries."""
    rows = session.execute(
        existing(organization_id).where(Monitor.public_id.in_(monitor_ids)).order_by(Monitor.id)
    )
    return views(session, [(row.Monitor, row.MonitorState) for row in rows])


def find_locked(session: Session, organization_id: int, monitor_id: uuid.UUID) -> MonitorView:
    """Return a monitor, locked against check results and edits until the commit.

    Raise `NotFound` if there is none.
    """
    state = session.scalars(
        existing(organization_id)
        .with_only_columns(MonitorState)
        .where(Monitor.public_id == monitor_id)
        # Not `FOR UPDATE`: new rows may still refer to this one.
        .with_for_update(of=MonitorState, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if state is None:
        raise NotFound("monitor")
    # Read after locking: the previous holder of the lock may have changed or deleted it.
    monitor = session.get_one(Monitor, state.monitor_id, populate_existing=True)
    if monitor.deleted_at is not None:
        raise NotFound("monitor")
    return views(session, [(monitor, state)])[0]


def views(session: Session, rows: Iterable[tuple[Monitor, MonitorState]]) -> list[MonitorView]:
    """Add the related rows of all these, with a constant number of queries."""
    rows = list(rows)
    named = monitor_relations.of(session, [monitor.id for monitor, _ in rows])
    pinged = heartbeats.of(session, [monitor for monitor, _ in rows])
    region_names = regions.names(session)
    seen = _seen(session, rows, region_names)
    parents = dependencies.of(session, [monitor.id for monitor, _ in rows])
    running_out = expiries.of(session, [monitor.id for monitor, _ in rows])
    policies = escalation_views.public_ids(
        session, (each.escalation_policy_id for each, _ in rows if each.escalation_policy_id)
    )
    owners = projects.public_ids(session, (each.project_id for each, _ in rows))
    return [
        MonitorView(
            monitor,
            state,
            named[monitor.id].contact_group_ids,
            named[monitor.id].credential_ids,
            pinged.get(monitor.id),
            [region_names[each] for each in monitor.region_ids],
            seen.get(monitor.id, ()),
            policies.get(monitor.escalation_policy_id or 0),
            parents.get(monitor.id, ()),
            running_out.get(monitor.id, ()),
            project_id=owners.get(monitor.project_id or 0),
        )
        for monitor, state in rows
    ]


def at(session: Session, found: Sequence[MonitorView], *, now: datetime) -> list[MonitorView]:
    """Add the end of a present maintenance of each of these, with one query."""
    until = active_maintenance.until(session, [view.monitor.id for view in found], now=now)
    return [replace(view, maintenance_until=until.get(view.monitor.id)) for view in found]


def with_ping_tokens(
    session: Session, found: Sequence[MonitorView], *, ring: KeyRing
) -> list[MonitorView]:
    """Add the ping tokens of heartbeats; without any, no query is made."""
    beats = [view.heartbeat for view in found if view.heartbeat is not None]
    tokens = ping_tokens.opened(session, beats, ring=ring)
    return [replace(view, ping_token=tokens.get(view.monitor.id)) for view in found]


def _seen(
    session: Session, rows: Iterable[tuple[Monitor, MonitorState]], names: Mapping[int, str]
) -> dict[int, list[RegionView]]:
    """Return the region states of monitors with several regions."""
    several = {monitor.id: state for monitor, state in rows if len(monitor.region_ids) > 1}
    if not several:
        return {}
    found: dict[int, list[RegionView]] = defaultdict(list)
    for row in session.scalars(
        select(MonitorRegionState)
        .where(MonitorRegionState.monitor_id.in_(several))
        .order_by(MonitorRegionState.monitor_id, MonitorRegionState.region_id)
    ):
        alone = row.incident_open and not several[row.monitor_id].incident_open
        found[row.monitor_id].append(
            RegionView(names[row.region_id], row.state, row.since, is_advisory=alone)
        )
    return found
