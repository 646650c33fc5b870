"""SLOs: create, change and delete."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import BurnRate, Monitor, Slo, SloContactGroup
from services import lookup, quotas
from services.contacts import groups as contact_groups
from services.errors import Invalid
from services.slos import values, views
from services.slos.values import SloChanges, SloValues
from services.slos.views import SloView

_MEASURED = (
    *("monitor_id", "tag", "indicator", "threshold_ms"),
    *("target_percent", "rolling_days", "calendar", "time_zone"),
)
"""A change of one of these columns begins a new episode."""


def create(session: Session, organization_id: int, wanted: SloValues, *, now: datetime) -> SloView:
    """Create an SLO. Raise `Invalid` with every invalid field, `Conflict` if the name is taken."""
    columns, groups = _known(session, organization_id, wanted)
    quotas.take(session, organization_id, "slos")
    slo = Slo(organization_id=organization_id, created_at=now, updated_at=now, **columns)
    session.add(slo)
    lookup.flush_unique(session, "an SLO")
    _link(session, slo, groups)
    return views.of(session, [slo])[0]


def change(
    session: Session,
    organization_id: int,
    slo_id: uuid.UUID,
    changes: SloChanges,
    *,
    now: datetime,
) -> SloView:
    """Change the given fields. If it measures something else, its episode starts over."""
    slo = lookup.changing(session, Slo, organization_id, slo_id, views.NOUN)
    after = values.changed(views.values_of(views.of(session, [slo])[0]), changes)
    columns, groups = _known(session, organization_id, after)
    if any(getattr(slo, name) != columns[name] for name in _MEASURED):
        session.execute(delete_rows(BurnRate).where(BurnRate.slo_id == slo.id))
    for name, value in columns.items():
        setattr(slo, name, value)
    slo.updated_at = now
    lookup.flush_unique(session, "an SLO")
    session.execute(delete_rows(SloContactGroup).where(SloContactGroup.slo_id == slo.id))
    _link(session, slo, groups)
    return views.of(session, [slo])[0]


def delete(session: Session, organization_id: int, slo_id: uuid.UUID) -> None:
    """Delete an SLO. Raise `NotFound` if there is none."""
    slo = lookup.find(session, Slo, organization_id, slo_id, views.NOUN)
    session.execute(delete_rows(Slo).where(Slo.id == slo.id))


def delete_of_monitor(session: Session, monitor: Monitor) -> None:
    """Delete the SLOs of a monitor that is deleted."""
    session.execute(
        delete_rows(Slo).where(
            Slo.organization_id == monitor.organization_id, Slo.monitor_id == monitor.id
        )
    )


def _known(
    session: Session, organization_id: int, wanted: SloValues
) -> tuple[Mapping[str, object], Collection[int]]:
    """Return the columns and the keys of the groups. Raise `Invalid` with every invalid field."""
    wanted = values.checked(wanted)
    problems: dict[str, list[str]] = {}
    monitor = _monitor(session, organization_id, wanted.monitor_id)
    if wanted.monitor_id is not None and monitor is None:
        problems["monitor_id"] = [f"There is no monitor {wanted.monitor_id}."]
    groups = contact_groups.keys(session, organization_id, wanted.contact_group_ids)
    missing = [each for each in wanted.contact_group_ids if each not in groups]
    if missing:
        problems["contact_group_ids"] = [f"There is no contact group {each}." for each in missing]
    if problems:
        raise Invalid(problems)
    columns = {name: getattr(wanted, name) for name in ("name", *_MEASURED)}
    columns["monitor_id"] = monitor
    return columns, groups.values()


def _monitor(session: Session, organization_id: int, monitor_id: uuid.UUID | None) -> int | None:
    if monitor_id is None:
        return None
    # Locked against its deletion, which deletes its SLOs.
    return session.scalars(
        select(Monitor.id)
        .where(
            Monitor.organization_id == organization_id,
            Monitor.public_id == monitor_id,
            Monitor.deleted_at.is_(None),
        )
        .with_for_update(read=True)
    ).one_or_none()


def _link(session: Session, slo: Slo, groups: Collection[int]) -> None:
    session.add_all(
        SloContactGroup(slo_id=slo.id, contact_group_id=key, organization_id=slo.organization_id)
        for key in groups
    )
    session.flush()
