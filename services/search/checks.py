"""Search in the checks of all monitors of an organization, newest first, archived ones included."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import CheckResult, Monitor
from services import pagination
from services.analytics import check_log
from services.analytics.check_log import Check
from services.archive.rows import searching
from services.archive.rows.searching import FoundCheck, Searched
from services.pagination import Page, PageRequest
from services.schedules import regions
from services.search import archived, query
from services.search.query import CheckSearch, Key
from services.time_range import Window

_SCOPE = "check-search"

_Row: TypeAlias = tuple[CheckResult, str] | FoundCheck
"""A row of the database with its words, or a check of the archive."""


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
class _Hot:
    """What the database has; `end` is the key down to which it was searched, None: all of it."""

    rows: Sequence[tuple[CheckResult, str]]
    end: Key | None


def page(
    session: Session,
    organization_id: int,
    wanted: CheckSearch,
    window: Window,
    request: PageRequest,
    *,
    searched: Searched,
) -> Page[Found]:
    """Return the checks of a window, newest first.

    A page may have fewer checks than its limit, even none, although there are more: it ends where
    the search has read `MOST_FAILURES`, or enough of the archive. Raise `Invalid` if a search would
    read more checks than it may, and `NeedsArchiveSearch` for what has to be read of the archive.
    """
    after = _position(request)
    limit = request.limit + 1
    # The periods are asked for after the rows were read: see `services.archive.rows.reading`.
    hot = _hot(session, organization_id, wanted, window, after, limit)
    low, end = window.first_slot, window.end_slot
    if len(hot.rows) == limit:
        low = max(low, hot.rows[-1][0].slot)
    elif hot.end is not None:
        low = max(low, hot.end[0])
    end = end if after is None else min(end, after[0] + 1)
    periods, _ = searching.periods(session, organization_id, low, end)
    old = archived.Found((), None)
    if periods:
        what = _asked(session, organization_id, wanted, window, after)
        old = archived.newest(session, what, periods, searched, limit=limit)
    rows = _merged(hot.rows, old.checks)
    reached = max((key for key in (hot.end, old.reached) if key is not None), default=None)
    if reached is not None:
        rows = [row for row in rows if _key(row) >= reached]
    cut = pagination.cut(rows, request.limit, lambda row: _cursor(_key(row)))
    following = cut.next_cursor
    if following is None and reached is not None:
        following = _cursor(reached)
    return Page(_named(session, organization_id, cut.items), following)


def _position(request: PageRequest) -> Key | None:
    if request.cursor is None:
        return None
    slot, monitor_id, region_id = pagination.position(_SCOPE, request.cursor, int, int, int)
    return slot, monitor_id, region_id


def _hot(
    session: Session,
    organization_id: int,
    wanted: CheckSearch,
    window: Window,
    after: Key | None,
    limit: int,
) -> _Hot:
    conditions = query.conditions(session, wanted)
    if not wanted.is_of_failures:
        ids = query.monitors_of(session, organization_id, wanted, window)
        return _Hot(query.newest(session, ids, window, after, conditions, limit), None)
    read = query.failures_of(organization_id, wanted, window, after)
    rows = session.execute(query.joined(read, wanted, window, conditions).limit(limit))
    found = [(check, detail) for check, detail in rows]
    return _Hot(found, query.end_of(session, read) if len(found) < limit else None)


def _asked(
    session: Session,
    organization_id: int,
    wanted: CheckSearch,
    window: Window,
    after: Key | None,
) -> archived.Asked:
    if wanted.is_of_failures:
        ids = query.all_of(session, organization_id, wanted)
    else:
        ids = query.monitors_of(session, organization_id, wanted, window)
    return archived.asked(session, organization_id, ids, wanted, before=after)


def _merged(hot: Sequence[tuple[CheckResult, str]], old: Sequence[FoundCheck]) -> list[_Row]:
    """Return all of these, newest first; of equal keys, the archived one."""
    taken = {each.key for each in old}
    rows: list[_Row] = [row for row in hot if _key(row) not in taken]
    rows += old
    return sorted(rows, key=_key, reverse=True)


def _key(row: _Row) -> Key:
    return row.key if isinstance(row, FoundCheck) else query.key(row[0])


def _named(session: Session, organization_id: int, rows: Sequence[_Row]) -> list[Found]:
    monitors = session.execute(
        select(Monitor.id, Monitor.public_id, Monitor.name).where(
            Monitor.organization_id == organization_id,
            Monitor.id.in_({_key(row)[1] for row in rows}),
        )
    )
    names = {key: MonitorName(public_id, name) for key, public_id, name in monitors}
    of_region = regions.names(session)
    return [Found(names[_key(row)[1]], _shown(row, of_region[_key(row)[2]])) for row in rows]


def _shown(row: _Row, region: str) -> Check:
    if isinstance(row, FoundCheck):
        return check_log.shown(row.check, row.check.detail, region)
    return check_log.shown(*row, region)


def _cursor(key: Key) -> str:
    return pagination.cursor(_SCOPE, *key)
