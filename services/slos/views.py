"""Views of SLOs: with their monitor and their contact groups by public id."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import BurnRate, ContactGroup, Monitor, Slo, SloContactGroup
from services import lookup, pagination
from services.slos.values import SloValues

NOUN = "SLO"
_BY_NAME = pagination.Order(scope="slos", columns=(Slo.name,))


@dataclass(frozen=True, slots=True, kw_only=True)
class SloView:
    """An SLO; `burn` is the episode in which its budget burns too fast, if there is one."""

    slo: Slo
    monitor_id: uuid.UUID | None
    monitor_name: str | None
    contact_group_ids: Sequence[uuid.UUID]
    burn: BurnRate | None


def find(session: Session, organization_id: int, slo_id: uuid.UUID) -> SloView:
    """Return an SLO. Raise `NotFound` if there is none."""
    return of(session, [lookup.find(session, Slo, organization_id, slo_id, NOUN)])[0]


def page(
    session: Session,
    organization_id: int,
    request: pagination.PageRequest,
    *,
    monitor: Monitor | None = None,
    text: str = "",
) -> pagination.Page[SloView]:
    """List SLOs by name: all, those that a monitor counts in, or those with a text in their name."""
    query = select(Slo).where(Slo.organization_id == organization_id)
    if monitor is not None:
        is_of_all = Slo.monitor_id.is_(None) & Slo.tag.is_(None)
        query = query.where(or_(Slo.monitor_id == monitor.id, Slo.tag.in_(monitor.tags), is_of_all))
    if text:
        query = query.where(Slo.name.icontains(text, autoescape=True))
    found = pagination.read(session, query, _BY_NAME, request)
    return pagination.Page(of(session, found.items), found.next_cursor)


def of(session: Session, slos: Sequence[Slo]) -> list[SloView]:
    """Add what belongs to all of these, with one query each."""
    keys = [slo.id for slo in slos]
    groups: dict[int, list[uuid.UUID]] = defaultdict(list)
    for slo_key, group_id in session.execute(
        select(SloContactGroup.slo_id, ContactGroup.public_id)
        .join(ContactGroup, ContactGroup.id == SloContactGroup.contact_group_id)
        .where(SloContactGroup.slo_id.in_(keys))
        .order_by(ContactGroup.name, ContactGroup.id)
    ):
        groups[slo_key].append(group_id)
    named = {slo.monitor_id for slo in slos}
    monitors = session.execute(
        select(Monitor.id, Monitor.public_id, Monitor.name).where(Monitor.id.in_(named - {None}))
    )
    known = {key: (public_id, name) for key, public_id, name in monitors}
    burning = session.scalars(select(BurnRate).where(BurnRate.slo_id.in_(keys)))
    burns = {each.slo_id: each for each in burning}
    found = []
    for slo in slos:
        public_id, name = known.get(slo.monitor_id or 0, (None, None))
        found.append(
            SloView(
                slo=slo,
                monitor_id=public_id,
                monitor_name=name,
                contact_group_ids=groups[slo.id],
                burn=burns.get(slo.id),
            )
        )
    return found


def values_of(view: SloView) -> SloValues:
    """Return an SLO as a user would give it."""
    slo = view.slo
    return SloValues(
        name=slo.name,
        target_percent=slo.target_percent,
        indicator=slo.indicator,
        threshold_ms=slo.threshold_ms,
        monitor_id=view.monitor_id,
        tag=slo.tag,
        rolling_days=slo.rolling_days,
        calendar=slo.calendar,
        time_zone=slo.time_zone,
        contact_group_ids=view.contact_group_ids,
    )
