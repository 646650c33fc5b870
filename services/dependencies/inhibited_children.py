"""Handles children of a parent that is or was down: many at once, with few statements.

`services.alerting.process` has the same effect on each, but with several statements per child. This
only changes when to look at the child again, so the states of the children need no lock.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import Session

from domain.evaluation.dependencies import INHIBITED_FOR
from models import Incident, Monitor, MonitorParent, MonitorState
from models.incident import Suppression
from services.dependencies import dependencies, parent_checks
from services.maintenance import active as active_maintenance

MOST = 500
"""The most children of one transaction, so that it stays short and takes few locks."""


def are_due(session: Session, *, now: datetime) -> bool:
    """Return whether there is any child for `keep` or `recheck_parents`, without taking a lock."""
    return bool(session.scalar(select(exists().where(_due(now)))))


def keep(session: Session, *, now: datetime, limit: int = MOST) -> bool:
    """Keep due children of parents that are down suppressed; return whether there may be more.

    This waits for no lock. A parent that is just recovering has locked its state and wakes its
    children itself. Another one waits for this transaction, so that it finds none of them locked.
    """
    down = _parents_down(session, now)
    if not down:
        return False
    inhibited = (
        select(Incident.id)
        .join(Monitor, Monitor.id == Incident.monitor_id)
        .join(MonitorState, MonitorState.monitor_id == Incident.monitor_id)
        .where(
            _due(now),
            exists().where(
                MonitorParent.monitor_id == Incident.monitor_id, MonitorParent.parent_id.in_(down)
            ),
            # Other reasons are handled one by one, and so are acknowledged incidents.
            MonitorState.flapping_since.is_(None),
            Incident.acknowledged_at.is_(None),
            ~active_maintenance.applies_now(now),
        )
        .order_by(Incident.next_at)
        .limit(limit)
        .with_for_update(of=Incident, skip_locked=True)
        # Postgres may run a subquery more than once, and exceed the limit; it runs a CTE once.
        .cte("suppressed")
    )
    kept = session.scalars(
        update(Incident)
        .where(Incident.id.in_(select(inhibited.c.id)))
        .values(next_at=now + INHIBITED_FOR)
        .returning(Incident.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(kept) == limit


def _parents_down(session: Session, now: datetime) -> Sequence[int]:
    """Return the parents that inhibit a due child; none of them can recover before the commit."""
    parents_of_due = (
        select(MonitorParent.parent_id)
        .join(Incident, Incident.monitor_id == MonitorParent.monitor_id)
        .where(_due(now))
    )
    return session.scalars(
        select(MonitorState.monitor_id)
        .where(dependencies.inhibits_children(), MonitorState.monitor_id.in_(parents_of_due))
        .with_for_update(read=True, skip_locked=True)
    ).all()


def recheck_parents(session: Session, *, now: datetime, limit: int = MOST) -> bool:
    """Request checks of due children whose parents all recovered; return if there may be more."""
    held_still = exists().where(
        MonitorParent.monitor_id == Incident.monitor_id,
        MonitorState.monitor_id == MonitorParent.parent_id,
        dependencies.inhibits_children(),
    )
    monitors = session.scalars(
        select(Monitor)
        .join(Incident, Incident.monitor_id == Monitor.id)
        .where(
            _due(now),
            ~held_still,
            parent_checks.is_looked_at(),
            parent_checks.unasked(now),
            ~parent_checks.is_coming_back(),
        )
        .order_by(Incident.next_at)
        .limit(limit)
    ).all()
    parent_checks.recheck(session, monitors, now=now)
    return len(monitors) == limit


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(
        Incident.ended_at.is_(None),
        Incident.next_at <= now,
        Incident.suppressed_by == Suppression.PARENT,
    )
