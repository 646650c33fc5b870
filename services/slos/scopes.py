"""The monitors of an SLO: one, those that have a tag now, or all."""

from collections.abc import Collection, Mapping
from datetime import UTC, tzinfo

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session

from domain.analytics.error_budget import Objective
from domain.analytics.slo_period import Calendar, Period, Rolling
from models import Monitor, Slo
from services import cron


def objective_of(slo: Slo) -> Objective:
    return Objective(slo.target_percent)


def period_of(slo: Slo) -> Period:
    """Return the period of an SLO: the database has either of the two columns."""
    if slo.calendar is not None:
        return Calendar(slo.calendar)
    return Rolling(slo.rolling_days or 0)


def zone_of(slo: Slo) -> tzinfo:
    """Return the time zone of an SLO, or UTC if this machine does not know it."""
    try:
        return cron.zone(slo.time_zone)
    except ValueError:
        return UTC


def monitors_of(organization_id: int, slos: Collection[Slo]) -> Select[int]:
    """Select the keys of the monitors that count in any of these."""
    return select(Monitor.id).where(*in_any(organization_id, slos))


def in_any(organization_id: int, slos: Collection[Slo]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a `Monitor` that counts in any of these SLOs."""
    keys = {slo.monitor_id for slo in slos if slo.monitor_id is not None}
    tags = {slo.tag for slo in slos if slo.tag is not None}
    has_all = any(slo.monitor_id is None and slo.tag is None for slo in slos)
    scope = true() if has_all else or_(Monitor.id.in_(keys), Monitor.tags.overlap(sorted(tags)))
    return (Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None), scope)


def counts(session: Session, organization_id: int, slos: Collection[Slo]) -> Mapping[int, int]:
    """Return how many monitors count in each SLO, by its key."""
    present = (Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None))
    tags = {slo.tag for slo in slos if slo.tag is not None}
    by_tag: dict[str, int] = {}
    if tags:
        tagged = (
            select(func.unnest(Monitor.tags).label("tag"))
            .where(*present, Monitor.tags.overlap(sorted(tags)))
            .subquery()
        )
        rows = session.execute(
            select(tagged.c.tag, func.count()).where(tagged.c.tag.in_(tags)).group_by(tagged.c.tag)
        )
        by_tag = dict(rows.all())
    everybody = 0
    if any(slo.monitor_id is None and slo.tag is None for slo in slos):
        everybody = session.scalar(select(func.count()).select_from(Monitor).where(*present)) or 0
    return {slo.id: _count(slo, by_tag, everybody) for slo in slos}


def _count(slo: Slo, by_tag: Mapping[str, int], everybody: int) -> int:
    if slo.monitor_id is not None:
        return 1
    return everybody if slo.tag is None else by_tag.get(slo.tag, 0)
