"""Which monitors are in maintenance, and when: reads the spans of the windows."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    and_,
    any_,
    func,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.orm import Session

from domain.analytics.uptime import Span
from models import Incident, MaintenanceSpan, Monitor
from models.incident import Suppression
from services.time_range import Window


def until(session: Session, monitor_ids: Collection[int], *, now: datetime) -> dict[int, datetime]:
    """Return which of those monitors are in maintenance now, and until when at least."""
    rows = session.execute(
        select(Monitor.id, func.max(MaintenanceSpan.ends_at))
        .join(MaintenanceSpan, applies())
        .where(Monitor.id.in_(monitor_ids), running(now))
        .group_by(Monitor.id)
    )
    return dict(rows.all())


def spans_of(
    session: Session,
    organization_id: int,
    monitor_ids: Collection[int] | Select[int],
    window: Window,
) -> Mapping[int, list[Span]]:
    """Return when monitors were in maintenance; spans may overlap and reach beyond the window."""
    rows = session.execute(
        select(Monitor.id, MaintenanceSpan.began_at, MaintenanceSpan.ends_at)
        .join(MaintenanceSpan, applies())
        .where(*touching(organization_id, monitor_ids, window))
    )
    found: dict[int, list[Span]] = defaultdict(list)
    for monitor_id, began_at, ends_at in rows:
        found[monitor_id].append(Span(began_at.timestamp(), ends_at.timestamp()))
    return found


def touching(
    organization_id: int, monitor_ids: Collection[int] | Select[int], window: Window
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for these monitors and the spans that touch the window."""
    return (
        Monitor.id.in_(monitor_ids),
        MaintenanceSpan.organization_id == organization_id,
        MaintenanceSpan.ends_at > window.start,
        MaintenanceSpan.began_at < window.end,
    )


def covered(now: datetime, organization_id: int) -> CompoundSelect[int]:
    """Select all monitors of an organization that are in maintenance, each once.

    This has the result of `applies`, which compares each monitor with all that a span names and
    suits few monitors. For all organizations, the SQL function `count_monitors` has it.
    """
    owner = MaintenanceSpan.organization_id.label("owner")
    ours = select(owner).where(running(now), MaintenanceSpan.organization_id == organization_id)
    named = ours.add_columns(func.unnest(MaintenanceSpan.monitor_ids).label("id")).subquery()
    tagged = ours.add_columns(func.unnest(MaintenanceSpan.tags).label("tag")).distinct().subquery()
    there = select(Monitor.id).where(
        Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None)
    )
    # Without any such span, no monitor is read.
    tags = (
        there.where(select(tagged).exists())
        .add_columns(func.unnest(Monitor.tags).label("tag"))
        .subquery()
    )
    return union(
        there.join(named, named.c.id == Monitor.id),
        select(tags.c.id).join(tagged, tagged.c.tag == tags.c.tag),
        there.where(ours.where(MaintenanceSpan.all_monitors).exists()),
    )


def wake(session: Session, *, now: datetime) -> None:
    """Make incidents due whose maintenance is over.

    An incident that another transaction has locked is left to the next call.
    """
    free = (
        select(Incident.id)
        .join(Monitor, Monitor.id == Incident.monitor_id)
        .where(
            Incident.ended_at.is_(None),
            Incident.suppressed_by == Suppression.MAINTENANCE,
            Incident.next_at > now,
            ~applies_now(now),
        )
        .with_for_update(of=Incident, skip_locked=True)
    )
    session.execute(
        update(Incident)
        .where(Incident.id.in_(free))
        .values(next_at=now)
        .execution_options(synchronize_session=False)
    )


def applies_now(now: datetime) -> ColumnElement[bool]:
    """Return whether the query's monitor is in maintenance now."""
    return select(MaintenanceSpan.id).where(applies(), running(now)).correlate(Monitor).exists()


def ends_at(now: datetime) -> ScalarSelect[datetime]:
    """Return until when at least the query's monitor is in maintenance; null if it is not."""
    return (
        select(func.max(MaintenanceSpan.ends_at))
        .where(applies(), running(now))
        .correlate(Monitor)
        .scalar_subquery()
    )


def applies() -> ColumnElement[bool]:
    """Return whether a span of the query covers its monitor."""
    return and_(
        MaintenanceSpan.organization_id == Monitor.organization_id,
        or_(
            MaintenanceSpan.all_monitors,
            Monitor.id == any_(MaintenanceSpan.monitor_ids),
            MaintenanceSpan.tags.overlap(Monitor.tags),
        ),
    )


def running(now: datetime) -> ColumnElement[bool]:
    """Return the condition for spans in [began_at, ends_at) now."""
    return and_(MaintenanceSpan.began_at <= now, MaintenanceSpan.ends_at > now)
