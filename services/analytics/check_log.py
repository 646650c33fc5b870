"""The log of a monitor's checks, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, select, tuple_
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from models import CheckFailure, CheckResult, Monitor, Region
from services import pagination
from services.errors import NotFound
from services.time_range import slot_from


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFilter:
    """Checks in [start, end), with one of the outcomes and of the region if these are given."""

    start: datetime | None = None
    end: datetime | None = None
    outcome: Sequence[Outcome] = ()
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Timings:
    """The duration of each phase in milliseconds; 0 if there was none."""

    dns: float
    connect: float
    tls: float
    first_byte: float
    total: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """The answer to a failed check: its name-value pairs, and the beginning of its text."""

    headers: Sequence[tuple[str, str]]
    body: str
    truncated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    checked_at: datetime
    outcome: Outcome
    cause: str
    detail: str
    http_status: int | None
    region: str
    lateness_ms: int
    timings: Timings
    evidence: Evidence | None = None


def page(
    session: Session,
    monitor: Monitor,
    wanted: CheckFilter,
    request: pagination.PageRequest,
    *,
    now: datetime,
) -> pagination.Page[Check]:
    """List checks of [start, end), newest slot first; by default from the creation to now."""
    # Both bounds are given, so that Postgres reads only the partitions between them.
    start = slot_from(max(wanted.start or monitor.created_at, monitor.created_at))
    end = slot_from(min(wanted.end or now, now))
    conditions: list[ColumnElement[bool]] = [CheckResult.slot >= start, CheckResult.slot < end]
    if wanted.outcome:
        conditions.append(CheckResult.outcome.in_(wanted.outcome))
    if wanted.region is not None:
        named = select(Region.id).where(Region.name == wanted.region).scalar_subquery()
        conditions.append(CheckResult.region_id == named)
    if request.cursor is not None:
        slot, region_id = pagination.position("checks", request.cursor, int, int)
        conditions.append(CheckResult.slot <= slot)
        conditions.append(tuple_(CheckResult.slot, CheckResult.region_id) < (slot, region_id))
    rows = session.scalars(
        select(CheckResult)
        .where(CheckResult.monitor_id == monitor.id, *conditions)
        .order_by(CheckResult.slot.desc(), CheckResult.region_id.desc())
        .limit(request.limit + 1)
    ).all()
    cut = pagination.cut(
        rows, request.limit, lambda row: pagination.cursor("checks", row.slot, row.region_id)
    )
    return pagination.Page(_described(session, monitor, cut.items), cut.next_cursor)


def find(session: Session, monitor: Monitor, checked_at: datetime, *, region: str | None) -> Check:
    """Return one check with its evidence; without `region`, that of the region with the lowest id.

    Raise `NotFound` if there is none.
    """
    query = (
        select(CheckResult, CheckFailure, Region.name)
        .join(Region, Region.id == CheckResult.region_id)
        .outerjoin(CheckFailure, _belongs())
        .where(CheckResult.monitor_id == monitor.id, CheckResult.slot == slot_from(checked_at))
        .order_by(CheckResult.region_id)
        .limit(1)
    )
    if region is not None:
        query = query.where(Region.name == region)
    found = session.execute(query).one_or_none()
    if found is None or found.CheckResult.slot < slot_from(monitor.created_at):
        raise NotFound("check")
    return _whole(*found)


def failed(
    session: Session, monitor: Monitor, start: datetime, end: datetime, *, limit: int
) -> list[Check]:
    """Return the first checks of [start, end) that were not up, with their evidence."""
    rows = session.execute(
        select(CheckResult, CheckFailure, Region.name)
        .join(Region, Region.id == CheckResult.region_id)
        .outerjoin(CheckFailure, _belongs())
        .where(
            CheckResult.monitor_id == monitor.id,
            CheckResult.slot >= slot_from(start),
            CheckResult.slot < slot_from(end),
            CheckResult.outcome != Outcome.UP,
        )
        .order_by(CheckResult.slot, CheckResult.region_id)
        .limit(limit)
    )
    return [_whole(*row) for row in rows]


def _belongs() -> ColumnElement[bool]:
    """Return whether a failure of the query is that of its check."""
    return and_(
        CheckFailure.monitor_id == CheckResult.monitor_id,
        CheckFailure.slot == CheckResult.slot,
        CheckFailure.region_id == CheckResult.region_id,
    )


def _whole(row: CheckResult, failure: CheckFailure | None, region: str) -> Check:
    check = shown(row, failure.detail if failure else "", region)
    return replace(check, evidence=_evidence(failure))


def _evidence(failure: CheckFailure | None) -> Evidence | None:
    if failure is None or failure.evidence is None:
        return None
    kept = failure.evidence
    headers = [(name, value) for name, value in kept["headers"]]
    return Evidence(headers, kept["body"], kept["truncated"])


def _described(session: Session, monitor: Monitor, rows: Sequence[CheckResult]) -> list[Check]:
    """Add the details and the names of the regions, with one query each."""
    details = {
        (failure.slot, failure.region_id): failure.detail
        for failure in session.scalars(
            select(CheckFailure).where(
                CheckFailure.monitor_id == monitor.id,
                CheckFailure.slot.in_([row.slot for row in rows]),
            )
        )
    }
    regions = dict(session.execute(select(Region.id, Region.name)).all())
    return [
        shown(row, details.get((row.slot, row.region_id), ""), regions[row.region_id])
        for row in rows
    ]


def shown(row: CheckResult, detail: str, region: str) -> Check:
    """Return the check of a row, with its words and the name of its region."""
    return Check(
        checked_at=datetime.fromtimestamp(row.slot, UTC),
        outcome=row.outcome,
        cause=row.cause.word,
        detail=detail,
        http_status=row.http_status or None,
        region=region,
        lateness_ms=10 * row.lateness,
        timings=Timings(
            row.dns_ms, row.connect_ms, row.tls_ms, row.first_byte_ms, row.total_us / 1000
        ),
    )
