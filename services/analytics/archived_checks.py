"""The archived part of a monitor's log: read as far as a page needs, newest first or oldest first.

Each round asks for twice as many parts as the one before, so few rounds lead far back. Days without
a wanted outcome are passed over, because the roll-up of a day counts its outcomes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY, day_of
from domain.evaluation.outcome import Outcome
from models import CheckResult, Monitor, MonitorDay
from models.types import OUTCOME_CODES
from services.archive.rows import reading
from services.archive.rows.reading import MOST_PARTS, Archived, ArchivedCheck, Narrowing, Wanted

_UNKNOWN = OUTCOME_CODES[Outcome.UNKNOWN]
_OUTCOMES = {code: outcome for outcome, code in OUTCOME_CODES.items()}


@dataclass(frozen=True, slots=True)
class Found:
    """Checks in the order that was asked for.

    `reached` is the slot up to which, or down to which, all checks are known; None: all of them.
    """

    checks: Sequence[ArchivedCheck]
    reached: int | None


def newest(
    session: Session, monitor: Monitor, narrowing: Narrowing, archived: Archived, *, limit: int
) -> Found:
    """Return at least `limit` checks, newest first, unless there are less or they are too far.

    Raise `NeedsArchive` for what has to be read.
    """
    parts = [
        piece
        for part in reversed(reading.parts(session, monitor, narrowing))
        for piece in _pieces_before(part)
    ]
    parts = _worth_reading(session, monitor, parts, narrowing)
    checks, count = _walk(parts, archived, limit)
    checks.sort(reverse=True)
    return Found(
        _current(session, monitor, checks), None if count == len(parts) else parts[count - 1].low
    )


def oldest(
    session: Session, monitor: Monitor, narrowing: Narrowing, archived: Archived, *, limit: int
) -> Found:
    """Return the same, oldest first."""
    parts = [
        piece
        for part in reading.parts(session, monitor, narrowing)
        for piece in _pieces_after(part)
    ]
    parts = _worth_reading(session, monitor, parts, narrowing)
    checks, count = _walk(parts, archived, limit)
    checks.sort()
    return Found(
        _current(session, monitor, checks), None if count == len(parts) else parts[count - 1].high
    )


def outcome_of(check: ArchivedCheck) -> Outcome:
    return _OUTCOMES[check.outcome]


def codes(outcomes: Iterable[Outcome]) -> tuple[int, ...]:
    return tuple(sorted(OUTCOME_CODES[each] for each in outcomes))


def without_archived(
    hot: Sequence[CheckResult], checks: Iterable[ArchivedCheck]
) -> list[CheckResult]:
    """Return the rows of the database that are not in the archive as well."""
    taken = {check.key for check in checks}
    return [row for row in hot if (row.slot, row.region_id) not in taken]


def _pieces_before(part: Wanted) -> Iterator[Wanted]:
    """Yield the last day of a part, then the two days before, and so on.

    A page rarely needs more than a day of a month, and a month has 43,200 checks each minute.
    """
    high, days = part.high, 1
    while part.low < high:
        low = max(part.low, day_of(high - 1) - (days - 1) * DAY)
        yield replace(part, low=low, high=high)
        high, days = low, 2 * days


def _pieces_after(part: Wanted) -> Iterator[Wanted]:
    """Yield the first day of a part, then the two days after, and so on."""
    low, days = part.low, 1
    while low < part.high:
        high = min(part.high, day_of(low) + days * DAY)
        yield replace(part, low=low, high=high)
        low, days = high, 2 * days


def _walk(
    parts: Sequence[Wanted], archived: Archived, limit: int
) -> tuple[list[ArchivedCheck], int]:
    """Read parts until there are enough checks; return them with the number of read parts."""
    checks: list[ArchivedCheck] = []
    count, size = 0, 1
    while count < min(len(parts), MOST_PARTS) and len(checks) < limit:
        some = parts[count : min(count + size, MOST_PARTS)]
        checks += reading.demand(archived, some)
        count, size = count + len(some), 2 * size
    return checks, count


def _worth_reading(
    session: Session, monitor: Monitor, parts: list[Wanted], narrowing: Narrowing
) -> list[Wanted]:
    """Leave out days of which the roll-up says that they have no wanted outcome."""
    if not narrowing.outcomes or len(parts) <= 1:
        return parts
    low, high = min(part.low for part in parts), max(part.high for part in parts)
    counts = _counts(session, monitor, low, high)
    wanted = [_OUTCOMES[code].value for code in narrowing.outcomes]
    return [
        part
        for part in parts
        if part.is_revised
        or (of_day := counts.get(day_of(part.low))) is None
        or part.high > day_of(part.low) + DAY
        or any(of_day[name] for name in wanted)
    ]


def _counts(
    session: Session, monitor: Monitor, low: int, high: int
) -> Mapping[int, Mapping[str, int]]:
    names = [each.value for each in Outcome]
    rows = session.execute(
        select(MonitorDay.from_slot, *(getattr(MonitorDay, name) for name in names)).where(
            MonitorDay.monitor_id == monitor.id,
            MonitorDay.from_slot >= day_of(low),
            MonitorDay.from_slot < high,
        )
    )
    return {from_slot: dict(zip(names, values, strict=True)) for from_slot, *values in rows}


def _current(
    session: Session, monitor: Monitor, checks: list[ArchivedCheck]
) -> list[ArchivedCheck]:
    """Leave out unknown checks whose known result came late and is still in the database."""
    slots = [check.slot for check in checks if check.outcome == _UNKNOWN]
    if not slots:
        return checks
    rows = session.execute(
        select(CheckResult.slot, CheckResult.region_id).where(
            CheckResult.monitor_id == monitor.id,
            CheckResult.slot.in_(slots),
            CheckResult.outcome != Outcome.UNKNOWN,
        )
    )
    known = {(slot, region_id) for slot, region_id in rows}
    return [each for each in checks if each.outcome != _UNKNOWN or each.key not in known]
