"""Lists of monitors: search, filters, orders and pages, with a constant number of queries."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.evaluation.display_status import DisplayStatus
from domain.evaluation.state import State
from models import ContactGroup, Monitor, MonitorContactGroup, MonitorState
from services import pagination
from services.maintenance import active as active_maintenance
from services.monitors import views as monitor_views
from services.monitors.views import MonitorView

# The most urgent status comes first.
_URGENCY = (
    DisplayStatus.DOWN,
    DisplayStatus.DEGRADED,
    DisplayStatus.UNKNOWN,
    DisplayStatus.PENDING,
    DisplayStatus.MAINTENANCE,
    DisplayStatus.UP,
    DisplayStatus.PAUSED,
)
_Key = ColumnElement[str] | ColumnElement[int] | InstrumentedAttribute[str] | None
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
    shown = display_status(organization_id, now)
    query = _filtered(monitor_views.existing(organization_id), organization_id, wanted, shown)
    key = _key(wanted.order, shown)
    if key is not None:
        query = query.add_columns(key)
    if request.cursor is not None:
        query = _after(query, organization_id, wanted.order, key, request.cursor)
    turn = "desc" if wanted.order.startswith("-") else "asc"
    columns = [Monitor.id] if key is None else [key, Monitor.id]
    query = query.order_by(*(getattr(column, turn)() for column in columns))
    rows = session.execute(query.limit(request.limit + 1)).all()
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
    shown = display_status(organization_id, now)
    others = replace(wanted, state=[])
    query = _filtered(monitor_views.existing(organization_id), organization_id, others, shown)
    rows = session.execute(query.with_only_columns(shown, func.count()).group_by(shown))
    counted = {DisplayStatus(status): number for status, number in rows}
    return {status: counted.get(status, 0) for status in DisplayStatus}


def public_ids(
    session: Session, organization_id: int, wanted: MonitorFilter, *, limit: int, now: datetime
) -> list[uuid.UUID]:
    """Return the ids of the first monitors of a filter, in its order."""
    request = pagination.PageRequest(limit=limit)
    cut = _rows(session, organization_id, wanted, request, now=now)
    return [monitor.public_id for monitor, _ in cut.items]


def named(
    session: Session, organization_id: int, monitor_ids: Collection[uuid.UUID]
) -> list[Monitor]:
    """Return the monitors among these that are not deleted, by name."""
    rows = session.scalars(
        select(Monitor)
        .where(
            Monitor.organization_id == organization_id,
            Monitor.public_id.in_(monitor_ids),
            Monitor.deleted_at.is_(None),
        )
        .order_by(Monitor.name, Monitor.id)
    )
    return list(rows)


def display_status(organization_id: int, now: datetime) -> ColumnElement[str]:
    """Return the SQL expression for `domain.evaluation.display_status`.

    The monitors in maintenance are selected once, however often a query uses this.
    """
    covered = active_maintenance.covered(now, organization_id).cte("covered")
    in_maintenance = and_(MonitorState.state != State.PAUSED, Monitor.id.in_(select(covered.c.id)))
    state = cast(MonitorState.state, Text)
    return case((in_maintenance, DisplayStatus.MAINTENANCE.value), else_=state)


def _key(order: str, shown: ColumnElement[str]) -> _Key:
    """Return the sort key of an order; None if that is the age alone."""
    match order.removeprefix("-"):
        case "name":
            return Monitor.name
        case "state":
            ranks = {state.value: rank for rank, state in enumerate(_URGENCY)}
            return case(ranks, value=shown)
        case _:
            return None


def _filtered(
    query: Select[Monitor, MonitorState],
    organization_id: int,
    wanted: MonitorFilter,
    shown: ColumnElement[str],
) -> Select[Monitor, MonitorState]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.q:
        tags = func.array_to_string(Monitor.tags, " ")
        conditions.append(
            Monitor.name.icontains(wanted.q, autoescape=True)
            | Monitor.url.icontains(wanted.q, autoescape=True)
            | tags.icontains(wanted.q, autoescape=True)
        )
    if wanted.state:
        conditions.append(shown.in_([state.value for state in wanted.state]))
    if wanted.kind is not None:
        conditions.append(Monitor.kind == wanted.kind)
    if wanted.tag is not None:
        conditions.append(Monitor.tags.contains([wanted.tag]))
    if wanted.paused is not None:
        conditions.append(Monitor.paused.is_(wanted.paused))
    if wanted.contact_group_id is not None:
        conditions.append(Monitor.id.in_(_of_group(organization_id, wanted.contact_group_id)))
    return query.where(*conditions)


def _of_group(organization_id: int, group_id: uuid.UUID) -> Select[int]:
    return (
        select(MonitorContactGroup.monitor_id)
        .join(ContactGroup, ContactGroup.id == MonitorContactGroup.contact_group_id)
        .where(ContactGroup.organization_id == organization_id, ContactGroup.public_id == group_id)
    )


def _after(
    query: Select[Monitor, MonitorState], organization_id: int, order: str, key: _Key, cursor: str
) -> Select[Monitor, MonitorState]:
    """Begin after the row of the cursor, whose key is looked up within the organization."""
    name = order.removeprefix("-")
    kinds = {"name": (str,), "state": (int,), "created_at": ()}[name]
    public_id, *values = pagination.position(f"monitors:{order}", cursor, uuid.UUID, *kinds)
    anchor = (
        select(Monitor.id)
        .where(Monitor.organization_id == organization_id, Monitor.public_id == public_id)
        .scalar_subquery()
    )
    if key is None:
        return query.where(Monitor.id < anchor if order.startswith("-") else Monitor.id > anchor)
    here = tuple_(key, Monitor.id)
    there = tuple_(*values, anchor)
    return query.where(here < there if order.startswith("-") else here > there)
