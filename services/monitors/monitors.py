"""Monitors: create, change and delete them.

Every change locks the state row first, as the recorder of check results does.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation import heartbeat
from domain.permissions import Permission
from models import Heartbeat, Incident, Monitor, MonitorState
from models.incident import Resolution
from security.vault import KeyRing
from services import credential_origins, locks, quotas
from services.alerting import process as alerting
from services.dependencies import dependencies
from services.errors import Invalid
from services.escalation import changes as escalation_changes
from services.events import incidents as incident_events
from services.events import monitors as monitor_events
from services.heartbeats import heartbeats
from services.locks import Lock
from services.monitors import consequences, kind_settings
from services.monitors import lifecycle as monitor_lifecycle
from services.monitors import relations as monitor_relations
from services.monitors import values as monitor_values
from services.monitors import views as monitor_views
from services.monitors.changes import MonitorChanges
from services.monitors.plan import bounds, pauses
from services.monitors.relations import Known, References
from services.monitors.values import COLUMNS, MonitorValues, checked
from services.monitors.views import MonitorView, find_locked
from services.schedules import schedules
from services.slos import slos

_RATES = frozenset({"kind", "settings", "interval_seconds", "regions", "paused"})
"""The fields that may change how often a monitor is checked."""

Wanted = Sequence[MonitorValues | Invalid]
"""Monitors to create; an entry that could not be parsed is an `Invalid` in its place."""
Rights = Collection[Permission]
"""The caller's permissions, which decide about the use of credentials."""
_NOBODY: Rights = frozenset()
_ASKED = ("kind", "url", "settings", "credential_ids")
"""The fields that decide where credentials are sent, and with which requests."""


def create(
    session: Session,
    organization_id: int,
    values: MonitorValues,
    *,
    ring: KeyRing,
    now: datetime,
    own: Rights = _NOBODY,
) -> MonitorView:
    (made,) = create_each(session, organization_id, [values], ring=ring, now=now, own=own)
    if isinstance(made, Invalid):
        raise made
    return made


def create_each(
    session: Session,
    organization_id: int,
    wanted: Wanted,
    *,
    ring: KeyRing,
    now: datetime,
    own: Rights = _NOBODY,
) -> list[MonitorView | Invalid]:
    """Create the valid ones; return the problems of each other one in its place."""
    there = known_to(session, organization_id, wanted, own)
    entries, known = _checked_all(wanted, there)
    valid = [values for values in entries if not isinstance(values, Invalid)]
    credential_origins.claim(session, there.credentials, known.credentials, now=now)
    made = iter(_insert(session, organization_id, valid, known, ring=ring, now=now))
    return [entry if isinstance(entry, Invalid) else next(made) for entry in entries]


def create_all(
    session: Session,
    organization_id: int,
    wanted: Wanted,
    *,
    ring: KeyRing,
    now: datetime,
    own: Rights = _NOBODY,
) -> list[MonitorView]:
    """Create all of them, or raise `Invalid` with the problems by index and field."""
    there = known_to(session, organization_id, wanted, own)
    entries, known = _checked_all(wanted, there)
    problems = {
        f"monitors.{index}.{path}".rstrip("."): texts
        for index, entry in enumerate(entries)
        if isinstance(entry, Invalid)
        for path, texts in entry.problems.items()
    }
    if problems:
        raise Invalid(problems)
    valid = [values for values in entries if not isinstance(values, Invalid)]
    credential_origins.claim(session, there.credentials, known.credentials, now=now)
    return _insert(session, organization_id, valid, known, ring=ring, now=now)


def change(
    session: Session,
    organization_id: int,
    monitor_id: uuid.UUID,
    changes: MonitorChanges,
    *,
    now: datetime,
    own: Rights = _NOBODY,
) -> MonitorView:
    """Change the given values; given settings are merged into the current ones."""
    if any(name in changes for name in _ASKED):
        locks.share(session, Lock.CREDENTIALS, organization_id)
    if changes.keys() & _RATES:
        quotas.lock(session, organization_id, quotas.CHECKS)
    if "parent_ids" in changes:
        dependencies.lock_parents(session, organization_id)
    view = find_locked(session, organization_id, monitor_id)
    if changes.get("paused") is False:
        pauses.refuse_beyond(session, view)
    before = values_of(view)
    after, known = changed(session, organization_id, before, changes, own)
    _claim(session, after, known, now=now)
    bounds.refuse(session, organization_id, after, before)
    affected = escalation_changes.of_monitor(session, view.monitor, changes.keys())
    quotas.take_checks(session, organization_id, _rate(after) - _rate(before))
    _assign(view.monitor, before, after, known)
    view.monitor.updated_at = now
    if after.paused:
        monitor_lifecycle.pause(session, view, now=now)
    consequences.follow(session, view, before, after, now=now)
    if not after.paused:
        monitor_lifecycle.resume(session, view, now=now)
    _relink(session, view.monitor, before, after, known)
    session.flush()
    escalation_changes.adapt(session, affected, now=now)
    monitor_events.changed(
        session, view.monitor, monitor_values.changed_names(before, after), now=now
    )
    return monitor_views.views(session, [(view.monitor, view.state)])[0]


def preview(
    session: Session,
    organization_id: int,
    views: Sequence[MonitorView],
    changes: Sequence[MonitorChanges],
    *,
    own: Rights = _NOBODY,
) -> list[tuple[MonitorValues, MonitorValues | Invalid]]:
    """Return the values of monitors before and after changes, or what is wrong with a change.

    Nothing is stored or locked, and quotas are not counted.
    """
    before = [values_of(view) for view in views]
    after = [_changed(values, each) for values, each in zip(before, changes, strict=True)]
    valid = [values for values in after if not isinstance(values, Invalid)]
    known = _found(session, organization_id, valid, own)
    return [
        (then, _checked(values, replace(known, unverified=then.credential_ids)))
        for then, values in zip(before, after, strict=True)
    ]


def changed(
    session: Session,
    organization_id: int,
    before: MonitorValues,
    changes: MonitorChanges,
    own: Rights,
) -> tuple[MonitorValues, Known]:
    """Return the values after a change, and what they refer to. Store nothing.

    Raise `Invalid`, or `Forbidden` if the caller may not change requests with credentials.
    """
    after = monitor_values.with_changes(before, changes)
    _refuse_use(before, after, own)
    known = _found(session, organization_id, [after], own)
    known = replace(known, unverified=_unverified(before, after))
    return checked(after, known), known


def present_values(session: Session, organization_id: int, monitor_id: uuid.UUID) -> MonitorValues:
    """Return the values of a monitor as they are stored. Raise `NotFound` if there is none."""
    return values_of(monitor_views.find(session, organization_id, monitor_id))


def resume(
    session: Session, organization_id: int, monitor_id: uuid.UUID, *, now: datetime
) -> MonitorView:
    """Resume a monitor. Raise `LimitReached` beyond the limit of checks per day."""
    quotas.lock(session, organization_id, quotas.CHECKS)
    view = find_locked(session, organization_id, monitor_id)
    pauses.refuse_beyond(session, view)
    if view.monitor.paused:
        quotas.take_checks(session, organization_id, quotas.checks_per_day(view.monitor))
    monitor_lifecycle.resume(session, view, now=now)
    return view


def delete(session: Session, organization_id: int, monitor_id: uuid.UUID, *, now: datetime) -> None:
    """Delete a monitor; those notified of an open outage are notified of the deletion."""
    view = find_locked(session, organization_id, monitor_id)
    monitor_lifecycle.finish(session, view, now=now)
    view.monitor.deleted_at = now
    monitor_relations.unlink_credentials(session, view.monitor)
    dependencies.unlink(session, view.monitor, now=now)
    slos.delete_of_monitor(session, view.monitor)
    incident = session.scalars(
        select(Incident).where(Incident.monitor_id == view.monitor.id, Incident.ended_at.is_(None))
    ).one_or_none()
    if incident is not None:
        incident.ended_at = now
        incident.resolution = Resolution.MONITOR_DELETED
        session.flush()
        alerting.closed(session, incident, now=now)
        incident_events.ended(session, incident, now=now)
    monitor_events.deleted(session, view.monitor, now=now)


def known_to(session: Session, organization_id: int, wanted: Wanted, own: Rights) -> Known:
    """Return what the wanted monitors refer to. Raise `Forbidden` if they may not use credentials."""
    values = [each for each in wanted if not isinstance(each, Invalid)]
    if any(one.credential_ids for one in values):
        credential_origins.refuse_use(own)
        locks.share(session, Lock.CREDENTIALS, organization_id)
    return _found(session, organization_id, values, own)


def _found(
    session: Session, organization_id: int, values: Sequence[MonitorValues], own: Rights
) -> Known:
    credential_ids = {each for one in values for each in one.credential_ids}
    group_ids = {each for one in values for each in one.contact_group_ids}
    policy_ids = {one.escalation_policy_id for one in values}
    parent_ids = {each for one in values for each in one.parent_ids}
    found = monitor_relations.known(
        session,
        organization_id,
        group_ids=group_ids,
        credential_ids=credential_ids,
        policy_ids=policy_ids,
        parent_ids=parent_ids,
        project_ids={one.project_id for one in values},
    )
    return replace(found, may_name_origins=credential_origins.may_name(own))


def _refuse_use(before: MonitorValues, after: MonitorValues, own: Rights) -> None:
    """Raise `Forbidden` if requests with credentials change and the caller may not use them."""
    changed = any(getattr(before, name) != getattr(after, name) for name in _ASKED)
    if changed and (before.credential_ids or after.credential_ids):
        credential_origins.refuse_use(own)


def _unverified(before: MonitorValues, after: MonitorValues) -> Sequence[uuid.UUID]:
    """Return the credentials that already go to these sites without a verified certificate."""
    goes = before.settings.get("verify_tls") is False
    there = kind_settings.sites(before.url, before.settings)
    return (
        before.credential_ids
        if goes and kind_settings.sites(after.url, after.settings) <= there
        else ()
    )


def _claim(session: Session, values: MonitorValues, there: Known, *, now: datetime) -> None:
    after = _claimed(values, there)
    credential_origins.claim(session, there.credentials, after.credentials, now=now)


def _claimed(values: MonitorValues, there: Known) -> Known:
    """Set the origin of each credential that this monitor uses first."""
    if not values.credential_ids or values.url is None:
        return there
    keys = credential_origins.claimed(values.url, values.credential_ids, there.credentials)
    return replace(there, credentials=keys)


def _checked_all(wanted: Wanted, there: Known) -> tuple[list[MonitorValues | Invalid], Known]:
    """Validate one after the other: an origin that the first one sets holds for the next."""
    entries = []
    for values in wanted:
        entry = _checked(values, there)
        entries.append(entry)
        if not isinstance(entry, Invalid):
            there = _claimed(entry, there)
    return entries, there


def _checked(values: MonitorValues | Invalid, known: Known) -> MonitorValues | Invalid:
    if isinstance(values, Invalid):
        return values
    try:
        return checked(values, known)
    except Invalid as invalid:
        return invalid


def _changed(before: MonitorValues, changes: MonitorChanges) -> MonitorValues | Invalid:
    try:
        return monitor_values.with_changes(before, changes)
    except Invalid as invalid:
        return invalid


def _insert(
    session: Session,
    organization_id: int,
    wanted: Sequence[MonitorValues],
    known: Known,
    *,
    ring: KeyRing,
    now: datetime,
) -> list[MonitorView]:
    bounds.refuse_each(session, organization_id, wanted)
    quotas.take(session, organization_id, "monitors", more=len(wanted))
    quotas.take_checks(session, organization_id, sum(map(_rate, wanted)))
    monitor_events.refuse_many(session, organization_id, len(wanted))
    monitors = [_monitor(organization_id, values, known, now=now) for values in wanted]
    session.add_all(monitors)
    session.flush()
    states = monitor_lifecycle.begin(session, monitors, now=now)
    pinged = heartbeats.begin(session, monitors, ring=ring, now=now)
    probed = [monitor for monitor in monitors if monitor.id not in pinged]
    schedules.begin(session, [monitor for monitor in probed if not monitor.paused], now=now)
    for monitor, values in zip(monitors, wanted, strict=True):
        monitor_relations.link(session, monitor, _named(values), known)
        dependencies.link(session, monitor, _parents(values, known))
    session.flush()
    monitor_events.created(session, monitors, now=now)
    return [
        _view(monitor, state, pinged.get(monitor.id), values)
        for monitor, state, values in zip(monitors, states, wanted, strict=True)
    ]


def _monitor(
    organization_id: int, values: MonitorValues, known: Known, *, now: datetime
) -> Monitor:
    return Monitor(
        organization_id=organization_id,
        paused=values.paused,
        region_ids=_region_ids(values, known),
        escalation_policy_id=_policy_id(values, known),
        project_id=_project_id(values, known),
        created_at=now,
        updated_at=now,
        **values.columns(),
    )


def _assign(monitor: Monitor, before: MonitorValues, after: MonitorValues, known: Known) -> None:
    for name, value in after.columns().items():
        setattr(monitor, name, value)
    monitor.region_ids = _region_ids(after, known)
    if after.escalation_policy_id != before.escalation_policy_id:
        # A policy of another project stays, although this caller does not see it.
        monitor.escalation_policy_id = _policy_id(after, known)
    monitor.project_id = _project_id(after, known)


def _rate(values: MonitorValues) -> float:
    """Return how many checks per day these values need."""
    if values.paused or values.kind == heartbeat.KIND:
        return 0.0
    weight = quotas.weight_of(values.kind, values.settings)
    regions, interval = len(values.regions or ()), values.interval_seconds or 1
    return weight * regions * quotas.SECONDS_OF_A_DAY / interval


def _view(
    monitor: Monitor, state: MonitorState, beat: Heartbeat | None, values: MonitorValues
) -> MonitorView:
    return MonitorView(
        monitor,
        state,
        values.contact_group_ids,
        values.credential_ids,
        beat,
        values.regions or (),
        escalation_policy_id=values.escalation_policy_id,
        parent_ids=values.parent_ids,
        project_id=values.project_id,
    )


def _region_ids(values: MonitorValues, known: Known) -> list[int]:
    return [known.regions[name] for name in values.regions or ()]


def _policy_id(values: MonitorValues, known: Known) -> int | None:
    named = values.escalation_policy_id
    return None if named is None else known.policies[named]


def _project_id(values: MonitorValues, known: Known) -> int | None:
    return None if values.project_id is None else known.projects[values.project_id]


def _parents(values: MonitorValues, known: Known) -> list[int]:
    return [known.parents[each] for each in values.parent_ids]


def values_of(view: MonitorView) -> MonitorValues:
    stored = {name: getattr(view.monitor, name) for name in (*COLUMNS, "paused")}
    return MonitorValues(
        **stored,
        regions=list(view.regions),
        contact_group_ids=list(view.contact_group_ids),
        escalation_policy_id=view.escalation_policy_id,
        credential_ids=list(view.credential_ids),
        parent_ids=list(view.parent_ids),
        project_id=view.project_id,
    )


def _named(values: MonitorValues) -> References:
    return References(
        contact_group_ids=values.contact_group_ids, credential_ids=values.credential_ids
    )


def _relink(
    session: Session, monitor: Monitor, before: MonitorValues, after: MonitorValues, known: Known
) -> None:
    named = _named(after)
    if set(after.contact_group_ids) == set(before.contact_group_ids):
        named = replace(named, contact_group_ids=())
    else:
        monitor_relations.unlink_groups(session, monitor)
    if after.credential_ids == before.credential_ids:
        named = replace(named, credential_ids=())
    else:
        monitor_relations.unlink_credentials(session, monitor)
    monitor_relations.link(session, monitor, named, known)
    if set(after.parent_ids) != set(before.parent_ids):
        dependencies.change(session, monitor, _parents(after, known))
