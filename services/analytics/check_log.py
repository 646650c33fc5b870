"""The log of a monitor's checks, newest first: those in the database and those in the archive."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause, Outcome
from models import CheckResult, Monitor, Region
from services import pagination
from services.analytics import archived_checks
from services.archive.rows.hot import CHECKS
from services.archive.rows.reading import Archived, ArchivedCheck, Narrowing
from services.errors import NotFound
from services.time_range import refuse_reversed, slot_from

_NO_REGION = 0
"""The id of no region, for a name that none has."""

Row = CheckResult | ArchivedCheck


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
    archived: Archived,
) -> pagination.Page[Check]:
    """List checks of [start, end), newest slot first; by default from the creation to now.

    A page may have fewer checks than its limit and still have a next one, if they are far apart in
    the archive. Raise `NeedsArchive` for what has to be read of it, and `Invalid` for a reversed period.
    """
    refuse_reversed(wanted.start, wanted.end)
    limit = request.limit + 1
    start = slot_from(max(wanted.start or monitor.created_at, monitor.created_at))
    end = slot_from(min(wanted.end or now, now))
    before = _position(request) or (end, 0)
    narrowing = _narrowing(session, wanted, start, min(end, before[0] + 1))
    # The database first, and then the archive: see `services.archive.rows.reading`.
    hot = CHECKS.newest(session, monitor, narrowing, before, limit=limit)
    if len(hot) == limit:
        narrowing = replace(narrowing, low=hot[-1].slot)
    old = archived_checks.newest(session, monitor, narrowing, archived, limit=limit)
    rows = _merged(hot, [each for each in old.checks if each.key < before])
    if old.reached is not None:
        rows = [row for row in rows if row.slot >= old.reached]
    cut = pagination.cut(
        rows, request.limit, lambda row: pagination.cursor("checks", row.slot, row.region_id)
    )
    following = cut.next_cursor
    if following is None and old.reached is not None:
        following = pagination.cursor("checks", old.reached, 0)
    return pagination.Page(_described(session, monitor, cut.items), following)


def find(
    session: Session,
    monitor: Monitor,
    checked_at: datetime,
    *,
    region: str | None,
    archived: Archived,
) -> Check:
    """Return one check with its evidence; without `region`, that of the region with the lowest id.

    Raise `NotFound` if there is none, or `NeedsArchive`.
    """
    slot = slot_from(checked_at)
    wanted = CheckFilter(region=region)
    found = _whole(session, monitor, wanted, (slot, slot + 1), archived, limit=1)
    if not found or slot < slot_from(monitor.created_at):
        raise NotFound("check")
    return found[0]


def failed(
    session: Session,
    monitor: Monitor,
    start: datetime,
    end: datetime,
    *,
    limit: int,
    archived: Archived,
) -> list[Check]:
    """Return the first checks of [start, end) that were not up, with their evidence.

    Raise `NeedsArchive` for what has to be read of the archive.
    """
    wanted = CheckFilter(outcome=[each for each in Outcome if each is not Outcome.UP])
    slots = slot_from(start), slot_from(end)
    return _whole(session, monitor, wanted, slots, archived, limit=limit)


def _whole(
    session: Session,
    monitor: Monitor,
    wanted: CheckFilter,
    slots: tuple[int, int],
    archived: Archived,
    *,
    limit: int,
) -> list[Check]:
    """Return the first checks with slots in [low, high), oldest first, with their evidence."""
    narrowing = _narrowing(session, wanted, *slots)
    hot = CHECKS.oldest(session, monitor, narrowing, (slots[0], 0), limit=limit)
    old = archived_checks.oldest(session, monitor, narrowing, archived, limit=limit)
    rows = _merged(hot, old.checks)[::-1][:limit]
    return _described(session, monitor, rows, evidence=True)


def _position(request: pagination.PageRequest) -> tuple[int, int] | None:
    if request.cursor is None:
        return None
    slot, region_id = pagination.position("checks", request.cursor, int, int)
    return slot, region_id


def _narrowing(session: Session, wanted: CheckFilter, low: int, high: int) -> Narrowing:
    region_id = None
    if wanted.region is not None:
        named = session.scalar(select(Region.id).where(Region.name == wanted.region))
        region_id = _NO_REGION if named is None else named
    outcomes = archived_checks.codes(wanted.outcome)
    return Narrowing(low=low, high=high, outcomes=outcomes, region_id=region_id)


def _merged(hot: Sequence[CheckResult], old: Sequence[ArchivedCheck]) -> list[Row]:
    """Return all of these, newest first; of equal keys, the archived one."""
    rows: list[Row] = [*archived_checks.without_archived(hot, old), *old]
    return sorted(rows, key=lambda row: (row.slot, row.region_id), reverse=True)


def _evidence(text: str | None) -> Evidence | None:
    if text is None:
        return None
    kept = json.loads(text)
    headers = [(name, value) for name, value in kept["headers"]]
    return Evidence(headers, kept["body"], kept["truncated"])


def _described(
    session: Session, monitor: Monitor, rows: Sequence[Row], *, evidence: bool = False
) -> list[Check]:
    """Add the details and the names of the regions, with one query each."""
    slots = [row.slot for row in rows if isinstance(row, CheckResult)]
    words = CHECKS.words(session, monitor, slots, evidence=evidence)
    regions = dict(session.execute(select(Region.id, Region.name)).all())
    return [_check(row, words, regions[row.region_id], evidence=evidence) for row in rows]


def shown(row: Row, detail: str, region: str) -> Check:
    """Return the check of a row, with its words and the name of its region, without evidence."""
    words = {(row.slot, row.region_id): (detail, None)}
    return _check(row, words, region, evidence=False)


def _check(
    row: Row,
    words: Mapping[tuple[int, int], tuple[str, str | None]],
    region: str,
    *,
    evidence: bool,
) -> Check:
    if isinstance(row, CheckResult):
        outcome, cause = row.outcome, row.cause
        detail, kept = words.get((row.slot, row.region_id), ("", None))
    else:
        outcome, cause = archived_checks.outcome_of(row), Cause(row.cause)
        detail, kept = row.detail, row.evidence
    return Check(
        checked_at=datetime.fromtimestamp(row.slot, UTC),
        outcome=outcome,
        cause=cause.word,
        detail=detail,
        http_status=row.http_status or None,
        region=region,
        lateness_ms=10 * row.lateness,
        timings=Timings(
            row.dns_ms, row.connect_ms, row.tls_ms, row.first_byte_ms, row.total_us / 1000
        ),
        evidence=_evidence(kept) if evidence else None,
    )
