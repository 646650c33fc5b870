"""Layers of on-call schedules: validated, stored, and read for `domain.on_call`."""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.on_call.layer import Handoff, HandoffKind, Hours, Layer
from models import OnCallLayer, OnCallSchedule, OnCallTurn

_LONGEST = {HandoffKind.HOURLY: 336, HandoffKind.DAILY: 366, HandoffKind.WEEKLY: 52}
"""The most hours, days or weeks of a turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerValues:
    """A layer as a user gives it, with public ids; otherwise like `domain.on_call.layer.Layer`."""

    contact_ids: Sequence[uuid.UUID]
    local_start: datetime
    handoff: Handoff
    hours: Sequence[Hours] = ()


def problems(layers: Sequence[LayerValues], known: Mapping[uuid.UUID, int]) -> dict[str, list[str]]:
    """Return the problems by the path of the field, such as `layers.0.handoff.every`."""
    return {
        f"layers.{index}.{field}": [text]
        for index, values in enumerate(layers)
        for field, text in (*_handoff_problems(values.handoff), *_contact_problems(values, known))
    }


def replace(
    session: Session,
    schedule: OnCallSchedule,
    layers: Sequence[LayerValues],
    known: Mapping[uuid.UUID, int],
) -> None:
    """Replace the layers of a schedule."""
    session.execute(delete(OnCallLayer).where(OnCallLayer.on_call_schedule_id == schedule.id))
    session.add_all(_row(schedule, position, values) for position, values in enumerate(layers))
    session.flush()
    session.add_all(
        OnCallTurn(
            on_call_schedule_id=schedule.id,
            layer=index,
            position=position,
            organization_id=schedule.organization_id,
            contact_id=known[contact_id],
        )
        for index, values in enumerate(layers)
        for position, contact_id in enumerate(values.contact_ids)
    )
    session.flush()


def of(session: Session, schedule_ids: Sequence[int]) -> dict[int, list[Layer]]:
    """Return the layers of these schedules in their order, with two queries."""
    turns: dict[tuple[int, int], list[int]] = defaultdict(list)
    for turn in session.scalars(
        select(OnCallTurn)
        .where(OnCallTurn.on_call_schedule_id.in_(schedule_ids))
        .order_by(OnCallTurn.on_call_schedule_id, OnCallTurn.layer, OnCallTurn.position)
    ):
        turns[turn.on_call_schedule_id, turn.layer].append(turn.contact_id)
    layers: dict[int, list[Layer]] = defaultdict(list)
    for row in session.scalars(
        select(OnCallLayer)
        .where(OnCallLayer.on_call_schedule_id.in_(schedule_ids))
        .order_by(OnCallLayer.on_call_schedule_id, OnCallLayer.position)
    ):
        key = row.on_call_schedule_id
        layers[key].append(layer(row, turns[key, row.position]))
    return layers


def _handoff_problems(handoff: Handoff) -> Iterator[tuple[str, str]]:
    most = _LONGEST[handoff.kind]
    if not 1 <= handoff.every <= most:
        yield "handoff.every", f"Must be from 1 to {most} for {handoff.kind} handoffs."
    if handoff.kind is HandoffKind.HOURLY and handoff.at is not None:
        yield "handoff.at", "Hourly handoffs have no time of day: they count from local_start."
    if handoff.kind is not HandoffKind.WEEKLY and handoff.weekday is not None:
        yield "handoff.weekday", "Only weekly handoffs have a weekday."


def _contact_problems(
    layer: LayerValues, known: Mapping[uuid.UUID, int]
) -> Iterator[tuple[str, str]]:
    for index, contact_id in enumerate(layer.contact_ids):
        if contact_id not in known:
            yield f"contact_ids.{index}", f"There is no contact {contact_id}."


def _row(schedule: OnCallSchedule, position: int, layer: LayerValues) -> OnCallLayer:
    return OnCallLayer(
        on_call_schedule_id=schedule.id,
        position=position,
        organization_id=schedule.organization_id,
        local_start=layer.local_start,
        handoff=layer.handoff.kind,
        every=layer.handoff.every,
        weekday=layer.handoff.weekday,
        handoff_at=layer.handoff.at,
        hours=[_stored(each) for each in layer.hours],
    )


def layer(row: OnCallLayer, contact_ids: Sequence[int]) -> Layer:
    """Return a stored layer for `domain.on_call`."""
    return Layer(
        contact_ids=contact_ids,
        local_start=row.local_start,
        handoff=Handoff(kind=row.handoff, every=row.every, weekday=row.weekday, at=row.handoff_at),
        hours=[_hours(each) for each in row.hours],
    )


def _stored(hours: Hours) -> dict[str, Any]:
    return {
        "weekdays": sorted(hours.weekdays),
        "begin": hours.begin.isoformat(),
        "end": hours.end.isoformat(),
    }


def _hours(stored: Mapping[str, Any]) -> Hours:
    return Hours(
        weekdays=frozenset(stored["weekdays"]),
        begin=time.fromisoformat(stored["begin"]),
        end=time.fromisoformat(stored["end"]),
    )
