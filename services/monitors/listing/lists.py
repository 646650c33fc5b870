"""Lists of monitors: search, filters, orders and pages, with a constant number of queries."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import (
    CTE,
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from domain.evaluation.display_status import DisplayStatus
from domain.evaluation.state import State
from models import ContactGroup, Monitor, MonitorContactGroup, MonitorState, Project
from services import pagination
from services.maintenance import active as active_maintenance
from services.monitors import views as monitor_views
from services.monitors.listing import by_state
from services.monitors.views import MonitorView

ORDERS = tuple(sign + name for name in ("name", "state", "created_at") for sign in ("", "-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorFilter:
    """The filters and the order; `-` reverses an order."""

    q: str | None = None
    state: list[DisplayStatus] = field(default_factory=list)
    kind: str | None = None
    tag: str | None = None
    paused: bool | None = None
    contact_group_id: uuid.UUID | None = None
    project_id: uuid.UUID | None = None
    order: str = "-created_at"


def page(
    session: Session,
    organization_id: int,
    wanted: MonitorFilter,
    request: pagination.PageRequest,
    *,
    now: datetime,
) -> pagination.Page[MonitorView]:
    """List monitors as displayed at `now`. Raise `Invalid` for a cursor of another order."""
    cut = _rows(session, organization_id, wanted, request, now=now)
    found = monitor_views.views(session, cut.items)
    return pagination.Page(monitor_views.at(session, found, now=now), cut.next_cursor)


def page_of_states(
    session: Session,
    organization_id: int,
    wanted: MonitorFilter,
    request: pagination.PageRequest,
    *,
    now: datetime,
) -> pagination.Page[MonitorView]:
    """List monitors with two queries: each with its state, and with nothing that it refers to."""
    cut = _rows(session, organization_id, wanted, request, now=now)
    found = [MonitorView(monitor, state) for monitor, state in cut.items]
    return pagination.Page(monitor_views.at(session, found, now=now), cut.next_cursor)


def _rows(
    session: Session,
    organization_id: int,
    wanted: MonitorFilter,
    request: pagination.PageRequest,
    *,
    now: datetime,
) -> pagination.Page[tuple[Monitor, MonitorState]]:
    covered = active_maintenance.covered(now, organization_id).cte("covered")
    monitors = _filtered(organization_id, wanted, covered)
    # Keys first: to sort whole monitors takes several times as long.
    keys = _ordered(monitors, organization_id, wanted, covered, request).subquery()
    # What the order is by, and then the key of the monitor.
    order = [*keys.c][::-1]
    turned = [column.desc() for column in order] if wanted.order.startswith("-") else order
    rows = session.execute(
        monitor_views.existing(organization_id)
        .join(keys, keys.c.id == Monitor.id)
        .add_columns(*order[:-1])
        .order_by(*turned)
    ).all()
    cut = pagination.cut(
        rows,
        request.limit,
        lambda row: pagination.cursor(f"monitors:{wanted.order}", row[0].public_id, *row[2:]),
    )
    return pagination.Page([(row[0], row[1]) for row in cut.items], cut.next_cursor)


def count_by_status(
    session: Session, organization_id: int, wanted: MonitorFilter, *, now: datetime
) -> dict[DisplayStatus, int]:
    """Return how many monitors of the other filters have each status, whatever `state` says."""
    covered = active_maintenance.covered(now, organization_id).cte("covered")
    monitors = _filtered(organization_id, replace(wanted, state=[]), covered)
    shown = _display_status(covered)
    rows = session.execute(monitors.with_only_columns(shown, func.count()).group_by(shown))
    counted = {DisplayStatus(status): number for status, number in rows}
    return {status: counted.get(status, 0) for status in DisplayStatus}


def public_ids(
    session: Session, organization_id: int, wanted: MonitorFilter, *, limit: int, now: datetime
) -> list[uuid.UUID]:
    """Return the ids of the first monitors of a filter, in its order."""
    request = pagination.PageRequest(limit=limit)
    cut = _rows(session, organization_id, wanted, request, now=now)
    return [monitor.public_id for monitor, _ in cut.items]


def _display_status(covered: CTE) -> ColumnElement[str]:
    """Return the SQL expression for `domain.evaluation.display_status`."""
    in_maintenance = and_(MonitorState.state != State.PAUSED, Monitor.id.in_(select(covered.c.id)))
    state = cast(MonitorState.state, Text)
    return case((in_maintenance, DisplayStatus.MAINTENANCE.value), else_=state)


def _filtered(organization_id: int, wanted: MonitorFilter, covered: CTE) -> Select[int]:
    """Select the keys of the wanted monitors."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.q:
        tags = func.array_to_string(Monitor.tags, " ")
        conditions.append(
            Monitor.name.icontains(wanted.q, autoescape=True)
            | Monitor.url.icontains(wanted.q, autoescape=True)
            | tags.icontains(wanted.q, autoescape=True)
        )
    if wanted.state:
        states = [state.value for state in wanted.state]
        conditions.append(_display_status(covered).in_(states))
    if wanted.kind is not None:
        conditions.append(Monitor.kind == wanted.kind)
    if wanted.tag is not None:
        conditions.append(Monitor.tags.contains([wanted.tag]))
    if wanted.paused is not None:
        conditions.append(Monitor.paused.is_(wanted.paused))
    if wanted.contact_group_id is not None:
        conditions.append(Monitor.id.in_(_of_group(organization_id, wanted.contact_group_id)))
    if wanted.project_id is not None:
        conditions.append(Monitor.project_id == _project_key(organization_id, wanted.project_id))
    existing = monitor_views.existing(organization_id)
    return existing.with_only_columns(Monitor.id).where(*conditions)


def _project_key(organization_id: int, project_id: uuid.UUID) -> ScalarSelect[int]:
    return (
        select(Project.id)
        .where(Project.organization_id == organization_id, Project.public_id == project_id)
        .scalar_subquery()
    )


def _of_group(organization_id: int, group_id: uuid.UUID) -> Select[int]:
    return (
        select(MonitorContactGroup.monitor_id)
        .join(ContactGroup, ContactGroup.id == MonitorContactGroup.contact_group_id)
        .where(ContactGroup.organization_id == organization_id, ContactGroup.public_id == group_id)
    )


def _ordered(
    monitors: Select[int],
    organization_id: int,
    wanted: MonitorFilter,
    covered: CTE,
    request: pagination.PageRequest,
) -> Select[int] | Select[int, str] | Select[int, int]:
    """Select the keys of a page and one more, each with what its cursor needs."""
    is_descending = wanted.order.startswith("-")
    name = wanted.order.removeprefix("-")
    kinds = {"name": (str,), "state": (int,), "created_at": ()}[name]
    after = None
    if request.cursor is not None:
        public_id, *values = pagination.position(
            f"monitors:{wanted.order}", request.cursor, uuid.UUID, *kinds
        )
        after = (*values, _key(organization_id, public_id))
    limit = request.limit + 1
    if name == "state":
        page_query = by_state.PageQuery(
            organization_id=organization_id,
            wanted=wanted.state,
            is_descending=is_descending,
            limit=limit,
            after=after,
        )
        return by_state.first(monitors, covered, page_query)
    columns = [Monitor.id] if name == "created_at" else [Monitor.name, Monitor.id]
    if after is not None:
        here, there = tuple_(*columns), tuple_(*after)
        monitors = monitors.where(here < there if is_descending else here > there)
    turned = [column.desc() if is_descending else column for column in columns]
    return monitors.add_columns(*columns[:-1]).order_by(*turned).limit(limit)


def _key(organization_id: int, public_id: uuid.UUID) -> ScalarSelect[int]:
    """Select the key of the last monitor of the page before, within the organization."""
    return (
        select(Monitor.id)
        .where(Monitor.organization_id == organization_id, Monitor.public_id == public_id)
        .scalar_subquery()
    )
