"""Monitors: create, change and delete what is watched.

Whoever changes one locks its state row first, as those do who record check results.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Incident, Monitor, MonitorContactGroup
from models.incident import Resolution
from services import contact_groups, deliveries, monitor_states, schedules
from services.errors import Invalid
from services.monitor_values import COLUMNS, MonitorValues, checked
from services.monitor_views import MonitorView, find_locked

Wanted = Sequence[MonitorValues | Invalid]
"""Monitors to create; what could not even be read stands in its place in the list."""


def create(
    session: Session, organization_id: int, values: MonitorValues, *, now: datetime
) -> Monitor:
    (made,) = create_each(session, organization_id, [values], now=now)
    if isinstance(made, Invalid):
        raise made
    return made.monitor


def create_each(
    session: Session, organization_id: int, wanted: Wanted, *, now: datetime
) -> list[MonitorView | Invalid]:
    """Create those that can be; say in its place what is wrong with each of the others."""
    groups = _groups(session, organization_id, wanted)
    entries = [_checked(values, groups) for values in wanted]
    valid = [values for values in entries if not isinstance(values, Invalid)]
    made = iter(_insert(session, organization_id, valid, groups, now=now))
    return [entry if isinstance(entry, Invalid) else next(made) for entry in entries]


def create_all(
    session: Session, organization_id: int, wanted: Wanted, *, now: datetime
) -> list[MonitorView]:
    """Create all of them, or none and raise `Invalid` with what is wrong, by index and field."""
    groups = _groups(session, organization_id, wanted)
    entries = [_checked(values, groups) for values in wanted]
    problems = {
        f"monitors.{index}.{path}".rstrip("."): texts
        for index, entry in enumerate(entries)
        if isinstance(entry, Invalid)
        for path, texts in entry.problems.items()
    }
    if problems:
        raise Invalid(problems)
    valid = [values for values in entries if not isinstance(values, Invalid)]
    return _insert(session, organization_id, valid, groups, now=now)


def change(
    session: Session,
    organization_id: int,
    monitor_id: uuid.UUID,
    changes: Mapping[str, Any],
    *,
    now: datetime,
) -> MonitorView:
    """Change the values that are given; given settings are laid over those that there are."""
    view = find_locked(session, organization_id, monitor_id)
    before = _values(view)
    after = replace(before, **_with_merged_settings(before, changes))
    groups = contact_groups.keys(session, organization_id, after.contact_group_ids)
    after = checked(after, groups)
    for name, value in after.columns().items():
        setattr(view.monitor, name, value)
    view.monitor.updated_at = now
    if after.paused:
        monitor_states.pause(session, view, now=now)
    _follow(session, view, before, after, now=now)
    if not after.paused:
        monitor_states.resume(session, view, now=now)
    _relink(session, view, before, after, groups)
    return replace(view, contact_group_ids=after.contact_group_ids)


def delete(session: Session, organization_id: int, monitor_id: uuid.UUID, *, now: datetime) -> None:
    """Delete a monitor; who was told of an outage that lasts is told that it was deleted."""
    view = find_locked(session, organization_id, monitor_id)
    monitor_states.finish(session, view, now=now)
    view.monitor.deleted_at = now
    incident = session.scalars(
        select(Incident).where(Incident.monitor_id == view.monitor.id, Incident.ended_at.is_(None))
    ).one_or_none()
    if incident is not None:
        incident.ended_at = now
        incident.resolution = Resolution.MONITOR_DELETED
        session.flush()
        deliveries.record_end(session, incident, now=now)


def _groups(session: Session, organization_id: int, wanted: Wanted) -> dict[uuid.UUID, int]:
    ids = {
        group_id
        for values in wanted
        if not isinstance(values, Invalid)
        for group_id in values.contact_group_ids
    }
    return contact_groups.keys(session, organization_id, ids)


def _checked(
    values: MonitorValues | Invalid, groups: Mapping[uuid.UUID, int]
) -> MonitorValues | Invalid:
    if isinstance(values, Invalid):
        return values
    try:
        return checked(values, groups)
    except Invalid as invalid:
        return invalid


def _insert(
    session: Session,
    organization_id: int,
    wanted: Sequence[MonitorValues],
    groups: Mapping[uuid.UUID, int],
    *,
    now: datetime,
) -> list[MonitorView]:
    monitors = [
        Monitor(
            organization_id=organization_id,
            paused=values.paused,
            created_at=now,
            updated_at=now,
            **values.columns(),
        )
        for values in wanted
    ]
    session.add_all(monitors)
    session.flush()
    states = monitor_states.begin(session, monitors, now=now)
    schedules.begin(session, [monitor for monitor in monitors if not monitor.paused], now=now)
    for monitor, values in zip(monitors, wanted, strict=True):
        _link(session, monitor, (groups[each] for each in values.contact_group_ids))
    session.flush()
    return [
        MonitorView(monitor, state, values.contact_group_ids)
        for monitor, state, values in zip(monitors, states, wanted, strict=True)
    ]


def _values(view: MonitorView) -> MonitorValues:
    stored = {name: getattr(view.monitor, name) for name in (*COLUMNS, "paused")}
    return MonitorValues(**stored, contact_group_ids=list(view.contact_group_ids))


def _with_merged_settings(before: MonitorValues, changes: Mapping[str, Any]) -> dict[str, Any]:
    if changes.get("kind", before.kind) != before.kind:
        return {"settings": {}, **changes}
    return {**changes, "settings": {**before.settings, **changes.get("settings", {})}}


def _follow(
    session: Session,
    view: MonitorView,
    before: MonitorValues,
    after: MonitorValues,
    *,
    now: datetime,
) -> None:
    """Let the schedule and the state follow a change of the interval or of what is probed."""
    if after.interval_seconds != before.interval_seconds and not view.monitor.paused:
        schedules.end(session, view.monitor, now=now)
        schedules.resume(session, view.monitor, now=now)
    if after.probes_otherwise(before):
        view.monitor.version += 1
        monitor_states.restart(view, now=now)


def _relink(
    session: Session,
    view: MonitorView,
    before: MonitorValues,
    after: MonitorValues,
    groups: Mapping[uuid.UUID, int],
) -> None:
    if set(after.contact_group_ids) != set(before.contact_group_ids):
        session.execute(
            delete_rows(MonitorContactGroup).where(
                MonitorContactGroup.monitor_id == view.monitor.id
            )
        )
        _link(session, view.monitor, (groups[each] for each in after.contact_group_ids))


def _link(session: Session, monitor: Monitor, group_keys: Iterable[int]) -> None:
    session.add_all(
        MonitorContactGroup(
            monitor_id=monitor.id,
            contact_group_id=group_key,
            organization_id=monitor.organization_id,
        )
        for group_key in group_keys
    )
