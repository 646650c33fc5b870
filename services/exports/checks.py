"""The checks of an export: monitor by monitor, each in chronological order."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from models import CheckFailure, CheckResult, Monitor
from services.exports.documents import Row
from services.exports.sources import (
    PAGE_ROWS,
    Page,
    Position,
    Scope,
    monitors_from,
    share_of_monitors,
)
from services.schedules import regions

_Words = Mapping[tuple[int, int], str]


def page(session: Session, scope: Scope, after: Position | None, *, now: datetime) -> Page:
    del now
    place: Position = after or {"monitor": 0, "slot": scope.window.first_slot, "region": 0}
    found = monitors_from(session, scope, place["monitor"], limit=2)
    if not found:
        return Page((), None, 1.0)
    monitor, *others = found
    if monitor.id != place["monitor"]:
        place = _beginning(scope, monitor)
    results = _results(session, scope, place)
    rows = _rows(session, monitor, results)
    if len(results) == PAGE_ROWS:
        last = results[-1]
        next_place: Position = {"monitor": monitor.id, "slot": last.slot, "region": last.region_id}
    elif others:
        next_place = _beginning(scope, others[0])
    else:
        return Page(rows, None, 1.0)
    return Page(rows, next_place, _progress(session, scope, next_place))


def _beginning(scope: Scope, monitor: Monitor) -> Position:
    # No region has the id 0, so the position is before all checks of the first slot.
    return {"monitor": monitor.id, "slot": scope.window.first_slot, "region": 0}


def _results(session: Session, scope: Scope, place: Position) -> Sequence[CheckResult]:
    slot, region = place["slot"], place["region"]
    query = select(CheckResult).where(
        CheckResult.organization_id == scope.organization_id,
        CheckResult.monitor_id == place["monitor"],
        # Both bounds are given, so that Postgres reads only the partitions between them.
        CheckResult.slot >= slot,
        CheckResult.slot < scope.window.end_slot,
        or_(
            CheckResult.slot > slot, and_(CheckResult.slot == slot, CheckResult.region_id > region)
        ),
    )
    return session.scalars(
        query.order_by(CheckResult.slot, CheckResult.region_id).limit(PAGE_ROWS)
    ).all()


def _rows(session: Session, monitor: Monitor, results: Sequence[CheckResult]) -> Sequence[Row]:
    words = _words(session, monitor, results)
    names = regions.names(session)
    whose = {"monitor_id": str(monitor.public_id), "monitor_name": monitor.name}
    return [
        {**whose, **_row(each, words.get((each.slot, each.region_id), ""), names[each.region_id])}
        for each in results
    ]


def _row(result: CheckResult, detail: str, region: str) -> Row:
    return {
        "checked_at": datetime.fromtimestamp(result.slot, UTC),
        "region": region,
        "outcome": result.outcome.value,
        "cause": result.cause.word,
        "detail": detail,
        "http_status": result.http_status or None,
        "lateness_ms": 10 * result.lateness,
        "dns_ms": result.dns_ms,
        "connect_ms": result.connect_ms,
        "tls_ms": result.tls_ms,
        "first_byte_ms": result.first_byte_ms,
        "total_ms": result.total_us / 1000,
    }


def _words(session: Session, monitor: Monitor, results: Sequence[CheckResult]) -> _Words:
    if all(each.outcome is Outcome.UP for each in results):
        return {}
    rows = session.execute(
        select(CheckFailure.slot, CheckFailure.region_id, CheckFailure.detail).where(
            CheckFailure.monitor_id == monitor.id,
            CheckFailure.slot >= results[0].slot,
            CheckFailure.slot <= results[-1].slot,
        )
    )
    return {(slot, region_id): detail for slot, region_id, detail in rows}


def _progress(session: Session, scope: Scope, place: Position) -> float:
    first, end = scope.window.first_slot, scope.window.end_slot
    begun = (place["slot"] - first) / max(end - first, 1)
    return share_of_monitors(session, scope, place["monitor"], begun=begun)
