"""The metered usage of an organization, by hour or by day (UTC)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.plans.metering import HOUR, Meter, together
from models import MeterReading
from services.errors import Invalid
from services.time_range import Window

MOST_HOURS = 31 * 24
_DAY = 24 * HOUR


class Step(StrEnum):
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class UsageOf:
    """The usage of an hour or a day that begins at `at`; a meter without any is not in it."""

    at: datetime
    meters: Mapping[Meter, int]


def read(
    session: Session, organization_id: int, window: Window, *, step: Step
) -> Sequence[UsageOf]:
    """Return each hour or day that has any usage. Raise `Invalid` for too many hours.

    Hours that begin within the window count.
    """
    hours = (window.end - window.start).total_seconds() / HOUR
    if step is Step.HOUR and hours > MOST_HOURS:
        raise Invalid({"from": [f"By hour, the period may have at most {MOST_HOURS // 24} days."]})
    length = HOUR if step is Step.HOUR else _DAY
    rows = session.execute(
        select(MeterReading.from_slot, MeterReading.meter, func.sum(MeterReading.amount))
        .where(
            MeterReading.organization_id == organization_id,
            MeterReading.from_slot >= window.first_slot,
            MeterReading.from_slot < window.end_slot,
        )
        .group_by(MeterReading.from_slot, MeterReading.meter)
        .order_by(MeterReading.from_slot)
    ).all()
    return [
        UsageOf(datetime.fromtimestamp(begin * length, UTC), _meters(list(group)))
        for begin, group in groupby(rows, key=lambda row: row[0] // length)
    ]


def total(usage: Sequence[UsageOf], meter: Meter) -> int:
    """Return the usage of all of these hours or days together."""
    return together(meter, (each.meters.get(meter, 0) for each in usage))


def _meters(rows: Sequence[tuple[int, Meter, int]]) -> Mapping[Meter, int]:
    found = {row[1] for row in rows}
    return {
        meter: together(meter, (int(row[2]) for row in rows if row[1] is meter))
        for meter in Meter
        if meter in found
    }
