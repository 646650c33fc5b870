"""What a search in checks asks for, as queries that read a bounded number of rows.

Failures have an index by time, so they are searched without naming a monitor. All checks are
searched by monitor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    Subquery,
    Tuple,
    UnaryExpression,
    and_,
    cast,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from domain.evaluation.outcome import Cause, Outcome
from models import CheckFailure, CheckResult, Monitor
from services.errors import Invalid
from services.pg_arrays import array_of
from services.schedules import regions
from services.time_range import Window

MOST_MONITORS = 1_000
"""The most monitors of which one search reads all checks."""
MOST_CHECKS = 2_000_000
"""The most checks that one search reads to find some of them, or to count them."""
MOST_FAILURES = 50_000
"""The most failures that one search reads: a page may end there, and a count is refused."""

_EXPLAINED = frozenset((Outcome.DOWN, Outcome.DEGRADED))
"""Each check with one of these outcomes has a `CheckFailure`."""
_NAMES = ("slot", "monitor_id", "region_id")
_MICROSECONDS = 1000
_TOO_MANY_MONITORS = (
    f"All checks can be searched of at most {MOST_MONITORS:,} monitors at once. Choose some by"
    " `monitor_id` or `tag`, or search only for checks that failed."
)

_PER_SECOND = func.cardinality(Monitor.region_ids) / cast(Monitor.interval_seconds, Float)

Key: TypeAlias = tuple[int, int, int]
"""The slot, the monitor and the region of a check: unique, and the order of a search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSearch:
    """Every condition has to hold; of several values in one condition, one is enough.

    `min_ms` and `max_ms` bound the duration of the whole check in milliseconds. `q` is a part of
    what the check found, in any case. Checks that were up have no words.
    """

    monitor_ids: Sequence[UUID] = ()
    tag: Sequence[str] = ()
    region: Sequence[str] = ()
    outcome: Sequence[Outcome] = ()
    cause: Sequence[Cause] = ()
    http_status: Sequence[int] = ()
    min_ms: float | None = None
    max_ms: float | None = None
    q: str | None = None

    @property
    def is_of_failures(self) -> bool:
        """Whether every check that is wanted has a `CheckFailure`."""
        return self.q is not None or (bool(self.outcome) and _EXPLAINED.issuperset(self.outcome))

    @property
    def is_of_single_checks(self) -> bool:
        """Whether it depends on more than the outcome and the region, which roll-ups count."""
        bounds = (self.min_ms, self.max_ms, self.q)
        return bool(self.cause or self.http_status) or any(each is not None for each in bounds)

    @property
    def is_of_some_monitors(self) -> bool:
        return bool(self.monitor_ids or self.tag)

    @property
    def is_selective(self) -> bool:
        """Whether checks are left out that were read."""
        bounds = (self.min_ms, self.max_ms)
        words = (self.region, self.outcome, self.cause, self.http_status)
        return any(words) or any(each is not None for each in bounds)


def conditions(session: Session, wanted: CheckSearch) -> list[ColumnElement[bool]]:
    """Return what has to hold for the row of a check."""
    found: list[ColumnElement[bool]] = []
    if wanted.region:
        ids = regions.ids(session, wanted.region)
        found.append(CheckResult.region_id.in_(ids.values()))
    for column, values in (
        (CheckResult.outcome, wanted.outcome),
        (CheckResult.cause, wanted.cause),
        (CheckResult.http_status, wanted.http_status),
    ):
        if values:
            found.append(column.in_(values))
    if wanted.min_ms is not None:
        found.append(CheckResult.total_us >= microseconds(wanted.min_ms))
    if wanted.max_ms is not None:
        found.append(CheckResult.total_us <= microseconds(wanted.max_ms))
    return found


def microseconds(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds * _MICROSECONDS)


def within(
    table: type[CheckResult] | type[CheckFailure], window: Window
) -> tuple[ColumnElement[bool], ...]:
    return (table.slot >= window.first_slot, table.slot < window.end_slot)


def chosen(organization_id: int, wanted: CheckSearch) -> Select[int]:
    """Return the query of the monitors that are searched; deleted ones are not."""
    query = select(Monitor.id).where(
        Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None)
    )
    if wanted.monitor_ids:
        query = query.where(Monitor.public_id.in_(wanted.monitor_ids))
    if wanted.tag:
        query = query.where(Monitor.tags.overlap(wanted.tag))
    return query


def all_of(session: Session, organization_id: int, wanted: CheckSearch) -> Sequence[int]:
    """Return the monitors that are searched, however many."""
    return session.scalars(chosen(organization_id, wanted)).all()


def monitors_of(
    session: Session, organization_id: int, wanted: CheckSearch, window: Window
) -> Sequence[int]:
    """Return the monitors whose checks are read. Raise `Invalid` if that is too much."""
    rows = session.execute(
        chosen(organization_id, wanted).add_columns(_PER_SECOND).limit(MOST_MONITORS + 1)
    ).all()
    if len(rows) > MOST_MONITORS:
        raise Invalid({"monitor_id": [_TOO_MANY_MONITORS]})
    if wanted.is_selective:
        _refuse_more([window], sum(rate for _, rate in rows))
    return [monitor_id for monitor_id, _ in rows]


def refuse_too_many(
    session: Session, organization_id: int, wanted: CheckSearch, windows: Sequence[Window]
) -> None:
    """Raise `Invalid` if counting all checks of these windows would read too many."""
    rates = chosen(organization_id, wanted).with_only_columns(func.sum(_PER_SECOND))
    _refuse_more(windows, session.scalar(rates) or 0)


def _refuse_more(windows: Sequence[Window], per_second: float) -> None:
    seconds = sum((window.end - window.start).total_seconds() for window in windows)
    checks = round(seconds * per_second)
    if checks > MOST_CHECKS:
        raise Invalid({"from": [_too_many_checks(checks)]})


def newest(
    session: Session,
    ids: Sequence[int],
    window: Window,
    after: Key | None,
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
) -> list[tuple[CheckResult, str]]:
    """Return the newest checks of some monitors: at most `limit` rows are read of each."""
    each = select(func.unnest(cast(literal(array_of(ids)), ARRAY(Integer))).label("id")).subquery()
    query = select(CheckResult).where(
        CheckResult.monitor_id == each.c.id, *within(CheckResult, window), *conditions
    )
    if after is not None:
        query = query.where(CheckResult.slot <= after[0], _key_of(CheckResult) < after)
    of_each = (
        query.order_by(CheckResult.slot.desc(), CheckResult.region_id.desc())
        .limit(limit)
        .correlate(each)
        .lateral()
    )
    check = aliased(CheckResult, of_each)
    rows = session.scalars(
        select(check)
        .select_from(each)
        .join(of_each, true())
        .order_by(*_descending(check))
        .limit(limit)
    ).all()
    return _explained(session, rows)


def _explained(session: Session, rows: Sequence[CheckResult]) -> list[tuple[CheckResult, str]]:
    """Return the checks with the words of those that were not up."""
    failed = [row for row in rows if row.outcome is not Outcome.UP]
    details: dict[Key, str] = {}
    if failed:
        failures = session.scalars(
            select(CheckFailure).where(
                CheckFailure.slot.in_({row.slot for row in failed}),
                _key_of(CheckFailure).in_([key(row) for row in failed]),
            )
        )
        details = {key(failure): failure.detail for failure in failures}
    return [(row, details.get(key(row), "")) for row in rows]


def failures_of(
    organization_id: int, wanted: CheckSearch, window: Window, after: Key | None
) -> Subquery:
    """Return the newest failures of the organization: no more than one search may read."""
    query = select(*_columns(CheckFailure), CheckFailure.detail).where(
        CheckFailure.organization_id == organization_id, *within(CheckFailure, window)
    )
    if wanted.is_of_some_monitors:
        query = query.where(CheckFailure.monitor_id.in_(chosen(organization_id, wanted)))
    if after is not None:
        query = query.where(CheckFailure.slot <= after[0], _key_of(CheckFailure) < after)
    return query.order_by(*_descending(CheckFailure)).limit(MOST_FAILURES).subquery()


def end_of(session: Session, failures: Subquery) -> Key | None:
    """Return the last failure that was read, or None if there were fewer than may be."""
    columns = (failures.c.slot, failures.c.monitor_id, failures.c.region_id)
    ordered = select(*columns).order_by(*(each.desc() for each in columns))
    row = session.execute(ordered.offset(MOST_FAILURES - 1).limit(1)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def joined(
    failures: Subquery,
    wanted: CheckSearch,
    window: Window,
    conditions: Sequence[ColumnElement[bool]],
) -> Select[CheckResult, str]:
    """Return the query of the checks that failed so, newest first."""
    query = (
        select(CheckResult, failures.c.detail)
        .join(failures, and_(*(getattr(CheckResult, name) == failures.c[name] for name in _NAMES)))
        .join(Monitor, Monitor.id == CheckResult.monitor_id)
        .where(Monitor.deleted_at.is_(None), *within(CheckResult, window), *conditions)
        .order_by(*(failures.c[name].desc() for name in _NAMES))
    )
    if wanted.q is not None:
        query = query.where(failures.c.detail.icontains(wanted.q, autoescape=True))
    return query


def _too_many_checks(checks: int) -> str:
    return (
        f"This search would read about {checks:,} checks, and may read {MOST_CHECKS:,}. Choose a"
        " shorter period or fewer monitors, or search only for checks that failed."
    )


def _columns(table: type[CheckResult] | type[CheckFailure]) -> list[InstrumentedAttribute[int]]:
    return [getattr(table, name) for name in _NAMES]


def _key_of(table: type[CheckResult] | type[CheckFailure]) -> Tuple:
    return tuple_(*_columns(table))


def _descending(table: type[CheckResult] | type[CheckFailure]) -> list[UnaryExpression[int]]:
    return [column.desc() for column in _columns(table)]


def key(row: CheckResult | CheckFailure) -> Key:
    return row.slot, row.monitor_id, row.region_id
