"""The checks of an export: monitor by monitor, each in chronological order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause, Outcome
from models import CheckResult, Monitor
from services.analytics import archived_checks
from services.archive.rows.hot import CHECKS, Words
from services.archive.rows.reading import ArchivedCheck, Narrowing
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

_Result = CheckResult | ArchivedCheck


def page(session: Session, scope: Scope, after: Position | None, *, now: datetime) -> Page:
    del now
    place: Position = after or {"monitor": 0, "slot": scope.window.first_slot, "region": 0}
    found = monitors_from(session, scope, place["monitor"], limit=2)
    if not found:
        return Page((), None, 1.0)
    monitor, *others = found
    if monitor.id != place["monitor"]:
        place = _beginning(scope, monitor)
    results, reached = _results(session, scope, monitor, place)
    rows = _rows(session, monitor, results)
    if len(results) == PAGE_ROWS:
        last = results[-1]
        next_place: Position = {"monitor": monitor.id, "slot": last.slot, "region": last.region_id}
    elif reached is not None:
        next_place = {"monitor": monitor.id, "slot": reached, "region": 0}
    elif others:
        next_place = _beginning(scope, others[0])
    else:
        return Page(rows, None, 1.0)
    return Page(rows, next_place, _progress(session, scope, next_place))


def _beginning(scope: Scope, monitor: Monitor) -> Position:
    # No region has the id 0, so the position is before all checks of the first slot.
    return {"monitor": monitor.id, "slot": scope.window.first_slot, "region": 0}


def _results(
    session: Session, scope: Scope, monitor: Monitor, place: Position
) -> tuple[Sequence[_Result], int | None]:
    """Return the next results of a monitor.

    If there are less than a page, the second value is the slot up to which all are known; None
    after the last.
    """
    slot, region = place["slot"], place["region"]
    # The database first, and then the archive: see `services.archive.rows.reading`.
    narrowing = Narrowing(low=slot, high=scope.window.end_slot)
    hot = CHECKS.oldest(session, monitor, narrowing, (slot, region), limit=PAGE_ROWS)
    if len(hot) == PAGE_ROWS:
        narrowing = replace(narrowing, high=hot[-1].slot + 1)
    old = archived_checks.oldest(session, monitor, narrowing, scope.archived, limit=PAGE_ROWS)
    results: list[_Result] = [
        *archived_checks.without_archived(hot, old.checks),
        *(each for each in old.checks if each.key > (slot, region)),
    ]
    results.sort(key=lambda each: (each.slot, each.region_id))
    if old.reached is not None:
        reached = old.reached
        results = [each for each in results if each.slot < reached]
    return results[:PAGE_ROWS], old.reached


def _rows(session: Session, monitor: Monitor, results: Sequence[_Result]) -> Sequence[Row]:
    words = _words(session, monitor, [each for each in results if isinstance(each, CheckResult)])
    names = regions.names(session)
    whose = {"monitor_id": str(monitor.public_id), "monitor_name": monitor.name}
    return [{**whose, **_row(each, words, names[each.region_id])} for each in results]


def _row(result: _Result, words: Words, region: str) -> Row:
    if isinstance(result, CheckResult):
        outcome, cause = result.outcome, result.cause
        detail, _ = words.get((result.slot, result.region_id), ("", None))
    else:
        outcome, cause = archived_checks.outcome_of(result), Cause(result.cause)
        detail = result.detail
    return {
        "checked_at": datetime.fromtimestamp(result.slot, UTC),
        "region": region,
        "outcome": outcome.value,
        "cause": cause.word,
        "detail": detail,
        "http_status": result.http_status or None,
        "lateness_ms": 10 * result.lateness,
        "dns_ms": result.dns_ms,
        "connect_ms": result.connect_ms,
        "tls_ms": result.tls_ms,
        "first_byte_ms": result.first_byte_ms,
        "total_ms": result.total_us / 1000,
    }


def _words(session: Session, monitor: Monitor, results: Sequence[CheckResult]) -> Words:
    slots = [each.slot for each in results if each.outcome is not Outcome.UP]
    return CHECKS.words(session, monitor, slots) if slots else {}


def _progress(session: Session, scope: Scope, place: Position) -> float:
    first, end = scope.window.first_slot, scope.window.end_slot
    begun = (place["slot"] - first) / max(end - first, 1)
    return share_of_monitors(session, scope, place["monitor"], begun=begun)
