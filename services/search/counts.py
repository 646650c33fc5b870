"""How many checks a search finds, by outcome and by hour, day or month.

Roll-ups count outcomes by region, so a search for nothing else is counted from them, whatever its
period. All others read checks: those in the database, and those of dropped days in the archive.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from domain.analytics.rollup import HOUR, HOURS_KEPT, Step
from domain.analytics.rollup_plan import Part, plan
from domain.evaluation.outcome import Outcome
from models import CheckResult, MonitorDay, MonitorHour, MonitorMonth
from services.archive.rows import searching
from services.archive.rows.searching import Searched
from services.errors import Invalid
from services.rollups import progress
from services.rollups.rows import Table
from services.schedules import regions
from services.search import archived, query
from services.search.query import MOST_FAILURES, CheckSearch
from services.time_range import Window

_TOO_MANY_FAILURES = (
    f"More than {MOST_FAILURES:,} checks failed in this period. Choose a shorter one, or fewer"
    " monitors."
)

_WHOLE_DAYS = (
    " Or count by day or month from midnight to midnight in UTC, which reads no check: hours are"
    f" counted without one for {HOURS_KEPT - 2} days."
)

_Counts: TypeAlias = Counter[tuple[int, Outcome]]
"""Numbers of checks by the first second of a step, or of its hour, and by outcome."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The number of checks from `start` on by outcome; an outcome without any has no entry."""

    start: datetime
    counts: Mapping[Outcome, int]


def counts(  # noqa: PLR0913 - one for each thing that bounds a count
    session: Session,
    organization_id: int,
    wanted: CheckSearch,
    window: Window,
    *,
    step: Step,
    searched: Searched,
    budget: int = archived.MOST_ROWS,
) -> list[Bucket]:
    """Return the counts of a window by hour, day or month in UTC, the oldest first.

    A bucket without any check is left out. A late result on a day that only the archive has counts
    once it is there. Raise `Invalid` if the search would read more than it may, and
    `NeedsArchiveSearch` for what has to be read of the archive.
    """
    whole = Part(window.first_slot, window.end_slot)
    found: _Counts = Counter()
    read: Sequence[Part] = [whole]
    if not wanted.is_of_single_checks:
        wanted_parts = plan(*whole, until=progress.until(session), longest=step)
        if wanted_parts is not None:
            read = wanted_parts.checks
            for table, parts in (
                (MonitorMonth, wanted_parts.months),
                (MonitorDay, wanted_parts.days),
                (MonitorHour, wanted_parts.hours),
            ):
                for part in parts:
                    found += _of_rollups(session, organization_id, wanted, table, part)
    found += _of_checks(session, organization_id, wanted, read, searched, budget)
    return _buckets(found, step)


def _of_rollups(
    session: Session, organization_id: int, wanted: CheckSearch, table: Table, part: Part
) -> _Counts:
    outcomes = list(wanted.outcome) or list(Outcome)
    columns = [func.sum(getattr(table, each.value)) for each in outcomes]
    rows = (
        select(table.from_slot, *columns)
        .where(
            table.organization_id == organization_id,
            table.monitor_id.in_(query.chosen(organization_id, wanted)),
            table.from_slot >= part.low,
            table.from_slot < part.high,
        )
        .group_by(table.from_slot)
    )
    if wanted.region:
        rows = rows.where(table.region_id.in_(regions.ids(session, wanted.region).values()))
    found: _Counts = Counter()
    for from_slot, *numbers in session.execute(rows):
        for outcome, number in zip(outcomes, numbers, strict=True):
            if number:
                found[from_slot, outcome] += int(number)
    return found


def _of_checks(
    session: Session,
    organization_id: int,
    wanted: CheckSearch,
    parts: Sequence[Part],
    searched: Searched,
    budget: int,
) -> _Counts:
    """Count single checks: those of dropped days in the archive, all others in the database."""
    split = [searching.periods(session, organization_id, *part) for part in parts]
    hot = [Window(_moment(low), _moment(high)) for _, spans in split for low, high in spans]
    found: _Counts = Counter()
    if wanted.is_of_failures:
        for window in hot:
            found += _failures(session, organization_id, wanted, window)
    elif hot:
        query.refuse_too_many(session, organization_id, wanted, hot)
        for window in hot:
            found += _all(session, organization_id, wanted, window)
    periods = [each for of_part, _ in split for each in of_part]
    if periods:
        ids = query.all_of(session, organization_id, wanted)
        what = archived.asked(session, organization_id, ids, wanted)
        advice = "" if wanted.is_of_single_checks else _WHOLE_DAYS
        found += archived.counts(what, periods, searched, advice=advice, budget=budget)
    return found


def _failures(
    session: Session, organization_id: int, wanted: CheckSearch, window: Window
) -> _Counts:
    read = query.failures_of(organization_id, wanted, window, None)
    if query.end_of(session, read) is not None:
        raise Invalid({"from": [_TOO_MANY_FAILURES]})
    conditions = query.conditions(session, wanted)
    return _counted(session, query.joined(read, wanted, window, conditions))


def _all(session: Session, organization_id: int, wanted: CheckSearch, window: Window) -> _Counts:
    source = select(CheckResult).where(
        CheckResult.monitor_id.in_(query.chosen(organization_id, wanted)),
        *query.within(CheckResult, window),
        *query.conditions(session, wanted),
    )
    return _counted(session, source)


def _counted(session: Session, source: Select[*tuple[Any, ...]]) -> _Counts:
    rows = source.order_by(None).subquery()
    hour = rows.c.slot - rows.c.slot % HOUR
    found = session.execute(
        select(hour, rows.c.outcome, func.count()).group_by(hour, rows.c.outcome)
    )
    return Counter({(begin, outcome): count for begin, outcome, count in found})


def _buckets(found: _Counts, step: Step) -> list[Bucket]:
    buckets: dict[int, dict[Outcome, int]] = {}
    for (begin, outcome), count in found.items():
        of_step = buckets.setdefault(step.begin(begin), {})
        of_step[outcome] = of_step.get(outcome, 0) + count
    return [Bucket(_moment(begin), of_step) for begin, of_step in sorted(buckets.items())]


def _moment(slot: int) -> datetime:
    return datetime.fromtimestamp(slot, UTC)
