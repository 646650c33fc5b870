"""The archived part of a search: read period by period, newest first, within one budget."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from models import CheckResult
from models.types import OUTCOME_CODES
from services.archive.rows import searching
from services.archive.rows.searching import (
    ArchiveSearch,
    Conditions,
    FoundCheck,
    Key,
    Period,
    Searched,
)
from services.errors import Invalid
from services.schedules import regions
from services.search.query import CheckSearch, microseconds

MOST_ROWS = 5_000_000
"""The most rows of archived files that one search reads; a failure counts as ten checks."""
MOST_PERIODS = 64
"""The most days, or months, of the archive that one search reads."""

_UNKNOWN = OUTCOME_CODES[Outcome.UNKNOWN]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is searched, whatever the time."""

    organization_id: int
    monitor_ids: frozenset[int]
    conditions: Conditions
    before: Key | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Checks, newest first. `reached` is the key down to which they are all; None: of all time."""

    checks: Sequence[FoundCheck]
    reached: Key | None


def asked(
    session: Session,
    organization_id: int,
    ids: Collection[int],
    wanted: CheckSearch,
    *,
    before: Key | None = None,
) -> Asked:
    """Return the search in the archive for what is wanted before a key."""
    named = tuple(sorted(regions.ids(session, wanted.region).values())) if wanted.region else None
    return Asked(
        organization_id,
        frozenset(ids),
        Conditions(
            outcomes=tuple(sorted(OUTCOME_CODES[each] for each in wanted.outcome)),
            causes=tuple(sorted(int(each) for each in wanted.cause)),
            http_statuses=tuple(sorted(wanted.http_status)),
            region_ids=named,
            min_us=microseconds(wanted.min_ms),
            max_us=microseconds(wanted.max_ms),
            text=wanted.q,
            is_explained=wanted.is_of_failures,
        ),
        before,
    )


def newest(
    session: Session,
    what: Asked,
    periods: Sequence[Period],
    searched: Searched,
    *,
    limit: int,
    budget: int = MOST_ROWS,
) -> Found:
    """Return at least `limit` checks, newest first, unless there are fewer or they are too far.

    `periods` come earliest first. Raise `NeedsArchiveSearch` for what has to be read, and `Invalid`
    if the first thing to read is more than one search may read.
    """
    before = what.before
    waiting = [each for each in reversed(periods) if before is None or each.low <= before[0]]
    some = waiting[:MOST_PERIODS]
    if not some:
        return Found((), None)
    search = ArchiveSearch(**_fields(what), periods=tuple(some), limit=limit, budget=budget)
    found = searching.demand(searched, search)
    if found.needed and not found.read:
        _refuse(found.needed, budget)
    reached = found.reached
    if reached is None and len(waiting) > len(some):
        reached = some[-1].low, 0, 0
    return Found(_current(session, what, found.checks), reached)


def counts(
    what: Asked,
    periods: Sequence[Period],
    searched: Searched,
    *,
    advice: str = "",
    budget: int = MOST_ROWS,
) -> Counter[tuple[int, Outcome]]:
    """Return the number of checks by hour and outcome.

    Raise `NeedsArchiveSearch` for what has to be read, and `Invalid` if that is too much, which
    ends with the `advice`.
    """
    if len(periods) > MOST_PERIODS:
        raise Invalid({"from": [_too_long(len(periods))]})
    search = ArchiveSearch(**_fields(what), periods=tuple(periods), budget=budget)
    found = searching.demand(searched, search)
    if found.needed:
        _refuse(found.read + found.needed, budget, advice)
    return Counter(found.counts)


def _fields(what: Asked) -> dict[str, Any]:
    return {each.name: getattr(what, each.name) for each in fields(what)}


def _refuse(needed: int, budget: int, advice: str = "") -> None:
    problem = (
        f"This search would read at least {needed:,} archived checks, and may read {budget:,}."
        " Choose a shorter period or fewer monitors."
    )
    raise Invalid({"from": [problem, advice.strip()] if advice else [problem]})


def _too_long(days: int) -> str:
    return (
        f"This count would read {days:,} days or months of the archive, and may read"
        f" {MOST_PERIODS}. Choose a shorter period, or count by day without a cause, a status, a"
        " latency or words."
    )


def _current(session: Session, what: Asked, checks: Sequence[FoundCheck]) -> list[FoundCheck]:
    """Leave out unknown checks whose known result came late and is still in the database."""
    keys = [each.key for each in checks if each.check.outcome == _UNKNOWN]
    if not keys:
        return list(checks)
    columns = (CheckResult.slot, CheckResult.monitor_id, CheckResult.region_id)
    rows = session.execute(
        select(*columns).where(
            CheckResult.organization_id == what.organization_id,
            CheckResult.slot.in_({key[0] for key in keys}),
            tuple_(*columns).in_(keys),
            CheckResult.outcome != Outcome.UNKNOWN,
        )
    )
    known = {tuple(row) for row in rows}
    return [each for each in checks if each.key not in known]
