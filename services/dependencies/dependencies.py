"""Parents of monitors. Their outages inhibit, as `domain.evaluation.dependencies` decides."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from domain.evaluation.dependencies import Reason, circle, inhibit, is_fine_since
from domain.evaluation.state import Severity
from models import Incident, IncidentNote, Monitor, MonitorParent, MonitorState
from models.incident import Suppression
from models.incident_note import NoteKind
from models.session import of_whole_organization
from services import locks
from services.dependencies import parent_checks
from services.dependencies.parent_checks import ParentStatus
from services.errors import Invalid
from services.locks import Lock

MOST_PARENTS = 10
_MOST_NAMED = 50
_MOST_AT_ONCE = 20


@of_whole_organization
def inhibition_of(
    session: Session, incident: Incident, *, now: datetime
) -> tuple[Suppression, datetime] | None:
    """Return why the incident is suppressed for now and when to look again, or None.

    If no recent check of a parent is known, one is requested the first time. If the child was not
    checked since its parent recovered, a check of the child is requested.
    """
    parents = parent_checks.parents_of(session, incident.monitor_id)
    if not parents:
        return None
    child = parent_checks.child_of(session, incident, now=now)
    found = inhibit(child.known, [each.known for each in parents], now=now)
    if found is None:
        return None
    reason, again_at = found
    if reason is Reason.PARENT:
        if not child.is_coming_back and not any(each.known.is_down for each in parents):
            parent_checks.recheck(session, [child.monitor], now=now)
    elif incident.suppressed_by is not Suppression.PARENT_UNKNOWN:
        parent_checks.recheck(session, _unseen(parents, incident), now=now)
    return Suppression(reason), again_at


def _unseen(parents: Iterable[ParentStatus], incident: Incident) -> list[Monitor]:
    """Return the parents whose check would give new information."""
    return [
        each.monitor
        for each in parents
        if not is_fine_since(each.known, incident.started_at) and not each.is_failing
    ]


@of_whole_organization
def wake_children(session: Session, monitor_id: int, *, now: datetime) -> None:
    """Request checks of the children of a recovered parent, which notify if they are still down.

    Each check takes a lock, and the database has few for all. So only the first children are
    requested here, the others by `services.dependencies.inhibited_children`. An incident that
    another transaction has locked is found at its own next time.
    """
    inhibited = (
        select(Incident.id)
        .join(MonitorParent, MonitorParent.monitor_id == Incident.monitor_id)
        .where(
            MonitorParent.parent_id == monitor_id,
            Incident.ended_at.is_(None),
            Incident.suppressed_by.in_((Suppression.PARENT, Suppression.PARENT_UNKNOWN)),
        )
        .with_for_update(of=Incident, skip_locked=True)
    )
    woken = session.scalars(
        update(Incident)
        .where(Incident.id.in_(inhibited))
        .values(next_at=now)
        .returning(Incident.monitor_id)
    ).all()
    if woken:
        first = select(Monitor).where(Monitor.id.in_(sorted(woken)[:_MOST_AT_ONCE]))
        parent_checks.recheck(session, session.scalars(first).all(), now=now)


def suppressed(session: Session, monitor_id: int) -> list[str]:
    """Return the names of the first 50 children that are down without a notification.

    A paused child is left out, because its state is not known.
    """
    names = session.scalars(
        select(Monitor.name)
        .join(MonitorParent, MonitorParent.monitor_id == Monitor.id)
        .join(Incident, Incident.monitor_id == Monitor.id)
        .where(
            MonitorParent.parent_id == monitor_id,
            Monitor.deleted_at.is_(None),
            ~Monitor.paused,
            Incident.ended_at.is_(None),
            Incident.severity == Severity.DOWN,
            Incident.notified_at.is_(None),
        )
        .order_by(Monitor.name, Monitor.id)
        .limit(_MOST_NAMED)
    )
    return list(names)


def is_parent_down(session: Session, monitor_id: int) -> bool:
    """Return whether any parent is down."""
    return bool(with_parent_down(session, [monitor_id]))


def with_parent_down(session: Session, monitor_ids: Collection[int]) -> Collection[int]:
    """Return which of these monitors have a parent that is down."""
    found = (
        select(MonitorParent.monitor_id)
        .join(MonitorState, MonitorState.monitor_id == MonitorParent.parent_id)
        .where(MonitorParent.monitor_id.in_(monitor_ids), inhibits_children())
    )
    return frozenset(session.scalars(found.distinct()))


@cache
def inhibits_children() -> ColumnElement[bool]:
    """Return whether a `MonitorState` of the query is of a parent that inhibits its children."""
    parent = aliased(Monitor)
    return and_(
        MonitorState.incident_open,
        ~MonitorState.incident_degraded,
        exists().where(
            parent.id == MonitorState.monitor_id, parent.deleted_at.is_(None), ~parent.paused
        ),
    )


def explained(
    session: Session, monitor_ids: Collection[int], *, since: datetime
) -> dict[int, set[float]]:
    """Return the starts of the outages that a parent caused or may have caused, by monitor.

    They are in unix seconds; a monitor without any has no entry. Nobody was notified of such an
    outage. A parent inhibited it, or the check of a parent is awaited.
    """
    by_parent = (
        select(IncidentNote.id)
        .where(
            IncidentNote.incident_id == Incident.id,
            IncidentNote.kind == NoteKind.SUPPRESSED,
            IncidentNote.facts["by"].astext == Suppression.PARENT,
        )
        .exists()
    )
    began = session.execute(
        select(Incident.monitor_id, Incident.started_at).where(
            Incident.monitor_id.in_(monitor_ids),
            Incident.notified_at.is_(None),
            or_(Incident.ended_at.is_(None), Incident.ended_at > since),
            or_(Incident.suppressed_by == Suppression.PARENT_UNKNOWN, by_parent),
        )
    )
    found: dict[int, set[float]] = defaultdict(set)
    for monitor_id, started_at in began:
        found[monitor_id].add(started_at.timestamp())
    return found


def lock_parents(session: Session, organization_id: int) -> None:
    """Serialize changes of parents: two at once could close a cycle that neither of them sees.

    Call this before locking any row.
    """
    locks.take(session, Lock.DEPENDENCIES, organization_id)


def keys(
    session: Session, organization_id: int, parent_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """Return the keys of the existing monitors among these, by public id."""
    wanted = set(parent_ids)
    if not wanted:
        return {}
    rows = session.execute(
        select(Monitor.public_id, Monitor.id).where(
            Monitor.organization_id == organization_id,
            Monitor.public_id.in_(wanted),
            Monitor.deleted_at.is_(None),
        )
    )
    return dict(rows.all())


def problems(
    parent_ids: Sequence[uuid.UUID], there: Mapping[uuid.UUID, int]
) -> dict[str, list[str]]:
    """Return the invalid parents as messages, by the name of the field."""
    unknown = [f"There is no monitor {each}." for each in parent_ids if each not in there]
    if len(parent_ids) > MOST_PARENTS:
        unknown.append(f"A monitor may have at most {MOST_PARENTS} parents.")
    return {"parent_ids": unknown} if unknown else {}


def change(session: Session, monitor: Monitor, parent_keys: Collection[int]) -> None:
    """Set the parents of a monitor. Raise `Invalid` if they form a cycle."""
    session.execute(delete(MonitorParent).where(MonitorParent.monitor_id == monitor.id))
    way = circle(_ancestors(session, monitor, parent_keys), monitor.id)
    if way:
        raise Invalid({"parent_ids": [_in_words(session, way)]})
    link(session, monitor, parent_keys)


def link(session: Session, monitor: Monitor, parent_keys: Iterable[int]) -> None:
    """Add parents to a monitor that is no parent itself."""
    session.add_all(
        MonitorParent(monitor_id=monitor.id, parent_id=key, organization_id=monitor.organization_id)
        for key in parent_keys
    )
    session.flush()


@of_whole_organization
def unlink(session: Session, monitor: Monitor, *, now: datetime) -> None:
    """Remove a monitor that is being deleted from all dependencies, as parent and as child."""
    wake_children(session, monitor.id, now=now)
    session.execute(
        delete(MonitorParent).where(
            or_(MonitorParent.monitor_id == monitor.id, MonitorParent.parent_id == monitor.id)
        )
    )


def of(session: Session, monitor_ids: Collection[int]) -> dict[int, list[uuid.UUID]]:
    """Return the parents of those monitors by public id, in the order of their names."""
    rows = session.execute(
        select(MonitorParent.monitor_id, Monitor.public_id)
        .join(Monitor, Monitor.id == MonitorParent.parent_id)
        .where(MonitorParent.monitor_id.in_(monitor_ids), Monitor.deleted_at.is_(None))
        .order_by(Monitor.name, Monitor.id)
    )
    named: dict[int, list[uuid.UUID]] = defaultdict(list)
    for monitor_id, public_id in rows:
        named[monitor_id].append(public_id)
    return named


def _ancestors(
    session: Session, monitor: Monitor, parent_keys: Collection[int]
) -> dict[int, list[int]]:
    """Return the parents of the monitor and of all its ancestors, by monitor key."""
    first = (
        select(MonitorParent.monitor_id, MonitorParent.parent_id)
        .where(MonitorParent.monitor_id.in_(parent_keys))
        .cte(recursive=True)
    )
    further = aliased(MonitorParent)
    edges = first.union(
        select(further.monitor_id, further.parent_id).join(
            first, further.monitor_id == first.c.parent_id
        )
    )
    parents_of: dict[int, list[int]] = defaultdict(list, {monitor.id: list(parent_keys)})
    for monitor_id, parent_id in session.execute(select(edges)):
        parents_of[monitor_id].append(parent_id)
    return parents_of


def _in_words(session: Session, way: Sequence[int]) -> str:
    names = dict(session.execute(select(Monitor.id, Monitor.name).where(Monitor.id.in_(way))).all())
    return f"The parents form a circle: {' → '.join(names[each] for each in way)}."
