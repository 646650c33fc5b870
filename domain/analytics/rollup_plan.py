"""From what the checks of a period are counted: whole months, days and hours, and single checks."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.analytics.rollup import (
    DAY,
    HOUR,
    Step,
    day_of,
    hour_of,
    kept_from,
    month_of,
    next_month,
)


class Part(NamedTuple):
    """The time [low, high) in unix seconds."""

    low: int
    high: int


class Plan(NamedTuple):
    """Parts that do not overlap and are the whole period together."""

    months: Sequence[Part]
    days: Sequence[Part]
    hours: Sequence[Part]
    checks: Sequence[Part]


def plan(low: int, high: int, *, until: int, longest: Step = Step.MONTH) -> Plan | None:
    """Plan the period [low, high); return None if no whole hour of it is rolled up.

    Roll-ups are written up to `until`, and none of the parts is longer than `longest`. Hours that
    are not kept any more are counted from checks, of which there may be some.
    """
    first, last = _ceiling(low, HOUR), min(hour_of(high), until)
    if first >= last:
        return None
    first_day, last_day = _ceiling(first, DAY), day_of(last)
    if first_day < last_day and longest is not Step.HOUR:
        days = [Part(first_day, last_day)]
        hours = [Part(first, first_day), Part(last_day, last)]
    else:
        days, hours = [], [Part(first, last)]
    kept = kept_from(until)
    old = [Part(part.low, min(part.high, kept)) for part in hours]
    kept_hours = [Part(max(part.low, kept), part.high) for part in hours]
    months, days = _months(days) if longest is Step.MONTH else ([], days)
    return Plan(
        months=months,
        days=days,
        hours=[part for part in kept_hours if part.low < part.high],
        checks=[
            part for part in (Part(low, first), *old, Part(last, high)) if part.low < part.high
        ],
    )


def _months(days: Sequence[Part]) -> tuple[list[Part], list[Part]]:
    """Split whole days into the whole months among them and the days before and after these."""
    months, rest = [], []
    for low, high in days:
        first = low if month_of(low) == low else next_month(low)
        last = month_of(high)
        if first < last:
            months.append(Part(first, last))
            rest += [Part(low, first), Part(last, high)]
        else:
            rest.append(Part(low, high))
    return months, [part for part in rest if part.low < part.high]


def _ceiling(moment: int, step: int) -> int:
    return -(-moment // step) * step
