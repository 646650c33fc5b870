"""The order of monitors by state, the most urgent first, in a time that their number does not change.

Each state is walked by an index, and only as far as the page needs.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import CTE, ColumnElement, Select, and_, any_, func, literal, select, union_all

from domain.evaluation.display_status import DisplayStatus
from domain.evaluation.state import State
from models import MonitorState

URGENCY = (
    DisplayStatus.DOWN,
    DisplayStatus.DEGRADED,
    DisplayStatus.UNKNOWN,
    DisplayStatus.PENDING,
    DisplayStatus.MAINTENANCE,
    DisplayStatus.UP,
    DisplayStatus.PAUSED,
)
"""The most urgent status comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuery:
    """Which monitors to select: `limit` of these states, all if none is named.

    `after` is the rank and the key of the last monitor of the page before.
    """

    organization_id: int
    wanted: Collection[DisplayStatus]
    is_descending: bool
    limit: int
    after: tuple[int, ColumnElement[int]] | None


def first(monitors: Select[int], covered: CTE, page_query: PageQuery) -> Select[int, int]:
    """Select the first of these monitors, each with the rank of its status.

    `covered` are the monitors in maintenance.
    """
    key = MonitorState.monitor_id.desc() if page_query.is_descending else MonitorState.monitor_id
    parts = []
    for rank, status in enumerate(URGENCY):
        if (page_query.wanted and status not in page_query.wanted) or _is_passed(rank, page_query):
            continue
        # The organization of the state itself, so that its index is used.
        part = monitors.add_columns(literal(rank).label("rank")).where(
            MonitorState.organization_id == page_query.organization_id, _is(status, covered)
        )
        if page_query.after is not None and rank == page_query.after[0]:
            there = page_query.after[1]
            id_ = MonitorState.monitor_id
            part = part.where(id_ < there if page_query.is_descending else id_ > there)
        parts.append(select(part.order_by(key).limit(page_query.limit).subquery()))
    found = union_all(*parts).subquery()
    order = (found.c.rank, found.c.id)
    turned = [column.desc() for column in order] if page_query.is_descending else order
    return select(found.c.id, found.c.rank).order_by(*turned).limit(page_query.limit)


def _is_passed(rank: int, page_query: PageQuery) -> bool:
    """Return whether the page before went beyond this rank."""
    if page_query.after is None:
        return False
    return rank > page_query.after[0] if page_query.is_descending else rank < page_query.after[0]


def _is(status: DisplayStatus, covered: CTE) -> ColumnElement[bool]:
    """Return the condition for `domain.evaluation.display_status`."""
    in_maintenance = MonitorState.monitor_id.in_(select(covered.c.id))
    match status:
        case DisplayStatus.MAINTENANCE:
            # As an array, so that its few monitors are looked up and not all walked.
            these = func.array(select(covered.c.id).scalar_subquery())
            return and_(MonitorState.monitor_id == any_(these), MonitorState.state != State.PAUSED)
        case DisplayStatus.PAUSED:
            return MonitorState.state == State.PAUSED
        case _:
            return and_(MonitorState.state == State(status.value), ~in_maintenance)
