"""How much work the shifts of a schedule are, so that a page of several schedules stays quick."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import OnCallLayer, OnCallSchedule
from services.on_call.limits import MOST_HOURS, MOST_LAYERS

LARGEST = MOST_LAYERS * (1 + MOST_HOURS)
"""The complexity of the largest schedule that there can be."""


def of(session: Session, schedule_keys: Collection[int]) -> Mapping[int, int]:
    """Return the number of layers and of hours together, by the key of the schedule."""
    if not schedule_keys:
        return {}
    rows = session.execute(
        select(
            OnCallLayer.on_call_schedule_id,
            func.sum(1 + func.jsonb_array_length(OnCallLayer.hours)),
        )
        .where(OnCallLayer.on_call_schedule_id.in_(schedule_keys))
        .group_by(OnCallLayer.on_call_schedule_id)
    )
    return {key: int(count) for key, count in rows}


def within(
    session: Session, schedules: Sequence[OnCallSchedule], *, most: int = LARGEST
) -> tuple[list[OnCallSchedule], list[OnCallSchedule]]:
    """Return the first schedules that together are no more work than the largest, and the rest."""
    known = of(session, [schedule.id for schedule in schedules])
    kept, left_out, total = [], [], 0
    for schedule in schedules:
        work = known.get(schedule.id, 0)
        if total + work > most:
            left_out.append(schedule)
        else:
            kept.append(schedule)
            total += work
    return kept, left_out
