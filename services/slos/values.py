"""The values of an SLO as a user gives them, and what is wrong with them."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict

from domain.analytics.slo_period import ROLLING_DAYS, CalendarUnit
from models.slo import Indicator
from services import cron
from services.errors import Invalid

TARGET_PERCENT = (50, 99.999)
THRESHOLD_MS = (1, 60_000)
LONGEST_NAME = 200
LONGEST_TAG = 50
MOST_GROUPS = 20
"""The limits of what a user may send; API and pages apply them before anything is read."""
USUAL_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SloValues:
    """An SLO of a monitor, of the monitors with a tag, or, without both, of all.

    Without a period it is of the last 30 days.
    """

    name: str
    target_percent: float
    indicator: Indicator = Indicator.AVAILABILITY
    threshold_ms: int | None = None
    monitor_id: uuid.UUID | None = None
    tag: str | None = None
    rolling_days: int | None = None
    calendar: CalendarUnit | None = None
    time_zone: str = "UTC"
    contact_group_ids: Sequence[uuid.UUID] = field(default_factory=list)


class SloChanges(TypedDict, total=False):
    """The fields to change. A missing one stays as it is."""

    name: str
    target_percent: float
    indicator: Indicator
    threshold_ms: int | None
    monitor_id: uuid.UUID | None
    tag: str | None
    rolling_days: int | None
    calendar: CalendarUnit | None
    time_zone: str
    contact_group_ids: Sequence[uuid.UUID]


_EITHER = (("rolling_days", "calendar"), ("monitor_id", "tag"))
"""Pairs of which one replaces the other."""


def changed(before: SloValues, changes: SloChanges) -> SloValues:
    """Return the values after a change. A period or scope replaces one of the other sort."""
    given: dict[str, Any] = dict(changes)
    for pair in _EITHER:
        for one, other in (pair, pair[::-1]):
            if given.get(one) is not None:
                given.setdefault(other, None)
    if given.get("indicator") is Indicator.AVAILABILITY:
        given.setdefault("threshold_ms", None)
    return replace(before, **given)


def checked(values: SloValues) -> SloValues:
    """Return the values with the usual period. Raise `Invalid` with every invalid field."""
    problems = {name: [sentence] for name, sentence in _problems(values)}
    if problems:
        raise Invalid(problems)
    if values.rolling_days is None and values.calendar is None:
        return replace(values, rolling_days=USUAL_DAYS)
    return values


def _problems(values: SloValues) -> Iterator[tuple[str, str]]:
    if not _is_within(values.target_percent, TARGET_PERCENT):
        yield "target_percent", _between(TARGET_PERCENT)
    if values.monitor_id is not None and values.tag is not None:
        yield "tag", "Give either a monitor or a tag."
    if values.rolling_days is not None and values.calendar is not None:
        yield "calendar", "Give either rolling_days or calendar."
    if values.rolling_days is not None and not _is_within(values.rolling_days, ROLLING_DAYS):
        yield "rolling_days", _between(ROLLING_DAYS)
    yield from _threshold_problems(values)
    try:
        cron.zone(values.time_zone)
    except ValueError as error:
        yield "time_zone", str(error)


def _threshold_problems(values: SloValues) -> Iterator[tuple[str, str]]:
    if values.indicator is not Indicator.LATENCY:
        if values.threshold_ms is not None:
            yield "threshold_ms", "Only an SLO of latency has a threshold."
    elif values.threshold_ms is None:
        yield "threshold_ms", "An SLO of latency needs a threshold."
    elif not _is_within(values.threshold_ms, THRESHOLD_MS):
        yield "threshold_ms", _between(THRESHOLD_MS)


def _between(bounds: tuple[float, float]) -> str:
    return f"Must be between {bounds[0]} and {bounds[1]}."


def _is_within(number: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= number <= bounds[1]
