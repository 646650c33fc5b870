"""Search in the checks of all monitors of an organization, newest first, and their counts over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from domain.analytics.rollup import HOUR, Step
from domain.evaluation.outcome import Outcome
from models import CheckResult, Monitor
from services import pagination
from services.analytics import check_log, search_query
from services.analytics.check_log import Check
from services.analytics.search_query import MOST_FAILURES, CheckSearch, Key
from services.errors import Invalid
from services.pagination import Page, PageRequest
from services.schedules import regions
from services.time_range import Window

_SCOPE = "check-search"
_TOO_MANY_FAILURES = (
    f"More than {MOST_FAILURES:,} checks failed in this period. Choose a shorter one, or fewer"
    " monitors."
)


@dataclass(frozen=True, slots=True)
class MonitorName:
    public_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Found:
    """A check, and the monitor that it is of."""

    monitor: MonitorName
    check: Check


@dataclass(frozen=True, slots=True)
class Bucket:
    """The number of checks from `start` on by outcome; an outcome without any has no entry."""

    start: datetime
    counts: Mapping[Outcome, int]


def page(
    session: Session,
    organization_id: int,
    wanted: CheckSearch,
    window: Window,
    request: PageRequest,
) -> Page[Found]:
    """Return the checks of a window, newest first.

    A page may have fewer checks than its limit, even none, although there are more: it ends where
    the search has read `MOST_FAILURES`. Raise `Invalid` if a search by monitor would read more
    checks than it may.
    """
    after: Key | None = None
    if request.cursor is not None:
        slot, monitor_id, region_id = pagination.position(_SCOPE, request.cursor, int, int, int)
        after = slot, monitor_id, region_id
    conditions = search_query.conditions(session, wanted)
    if wanted.is_of_failures:
        read = search_query.failures_of(organization_id, wanted, window, after)
        rows = session.execute(
            search_query.joined(read, wanted, window, conditions).limit(request.limit + 1)
        )
        found = [(check, detail) for check, detail in rows]
        if len(found) <= request.limit:
            end = search_query.end_of(session, read)
            return Page(_named(session, organization_id, found), end and _cursor(end))
    else:
        ids = search_query.monitors_of(session, organization_id, wanted, window)
        found = search_query.newest(session, ids, window, after, conditions, request.limit + 1)
    cut = pagination.cut(found, request.limit, lambda row: _cursor(search_query.key(row[0])))
    return Page(_named(session, organization_id, cut.items), cut.next_cursor)


def counts(
    session: Session,
    organization_id: int,
    wanted: CheckSearch,
    window: Window,
    *,
    step: Step,
) -> list[Bucket]:
    """Return the counts of a window by hour, day or month in UTC, the oldest first.

    A bucket without any check is left out. Raise `Invalid` if the search would read more than it
    may.
    """
    conditions = search_query.conditions(session, wanted)
    if wanted.is_of_failures:
        read = search_query.failures_of(organization_id, wanted, window, None)
        if search_query.end_of(session, read) is not None:
            raise Invalid({"from": [_TOO_MANY_FAILURES]})
        source: Select[*tuple[Any, ...]] = search_query.joined(read, wanted, window, conditions)
    else:
        ids = search_query.monitors_of(session, organization_id, wanted, window, is_count=True)
        source = select(CheckResult).where(
            CheckResult.monitor_id.in_(ids), *search_query.within(CheckResult, window), *conditions
        )
    return _counted(session, source, step)


def _counted(session: Session, source: Select[*tuple[Any, ...]], step: Step) -> list[Bucket]:
    rows = source.order_by(None).subquery()
    hour = rows.c.slot - rows.c.slot % HOUR
    buckets: dict[int, dict[Outcome, int]] = {}
    for begin, outcome, count in session.execute(
        select(hour, rows.c.outcome, func.count()).group_by(hour, rows.c.outcome)
    ):
        counts = buckets.setdefault(step.begin(begin), {})
        counts[outcome] = counts.get(outcome, 0) + count
    return [
        Bucket(datetime.fromtimestamp(begin, UTC), counts)
        for begin, counts in sorted(buckets.items())
    ]


def _named(
    session: Session, organization_id: int, rows: Sequence[tuple[CheckResult, str]]
) -> list[Found]:
    monitors = session.execute(
        select(Monitor.id, Monitor.public_id, Monitor.name).where(
            Monitor.organization_id == organization_id,
            Monitor.id.in_({check.monitor_id for check, _ in rows}),
        )
    )
    names = {key: MonitorName(public_id, name) for key, public_id, name in monitors}
    of_region = regions.names(session)
    return [
        Found(names[check.monitor_id], check_log.shown(check, detail, of_region[check.region_id]))
        for check, detail in rows
    ]


def _cursor(key: Key) -> str:
    return pagination.cursor(_SCOPE, *key)
