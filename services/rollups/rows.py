"""The rows of roll-ups: written whole, and read as roll-ups."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import Session

from domain.analytics.rollup import Rollup
from domain.analytics.sketch import Sketch
from models import MonitorDay, MonitorHour, MonitorMonth
from services.pg_arrays import any_of

Table = type[MonitorHour] | type[MonitorDay] | type[MonitorMonth]

_NUMBERS = (
    *("up", "degraded", "down", "unknown", "total_us", "min_us", "max_us"),
    *("dns_ms", "connect_ms", "tls_ms", "first_byte_ms"),
)

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class RolledUp:
    """The roll-up of the checks of a region, for an hour, a day or a month from a second on."""

    organization_id: int
    monitor_id: int
    region_id: int
    from_slot: int
    rollup: Rollup


def replace(
    session: Session,
    table: Table,
    monitor_ids: Collection[int],
    rolled_up: Sequence[RolledUp],
    *,
    low: int,
    high: int,
) -> None:
    """Make these the only roll-ups of the monitors that begin in [low, high)."""
    session.execute(
        delete(table)
        .where(*_within(table, monitor_ids, low, high))
        .execution_options(synchronize_session=False)
    )
    if rolled_up:
        session.execute(insert(table), [_columns(each) for each in rolled_up])


def read(
    session: Session, table: Table, monitor_ids: Collection[int], *, low: int, high: int
) -> list[RolledUp]:
    """Return the roll-ups of the monitors that begin in [low, high), in the order of their time."""
    key = (table.organization_id, table.monitor_id, table.region_id, table.from_slot)
    numbers = [getattr(table, name) for name in _NUMBERS]
    rows = session.execute(
        select(*key, table.sketch, *numbers)
        .where(*_within(table, monitor_ids, low, high))
        .order_by(table.from_slot, table.region_id)
    )
    return [
        RolledUp(organization_id, monitor_id, region_id, from_slot, _rollup(sketch, values))
        for organization_id, monitor_id, region_id, from_slot, sketch, *values in rows
    ]


def sketches(
    session: Session, table: Table, monitor_ids: Collection[int], *, low: int, high: int
) -> Iterator[tuple[int, int, bytes]]:
    """Yield the monitor, the first second and the encoded sketch of each roll-up in [low, high).

    They are read some at a time, because thousands of monitors have many.
    """
    rows = session.execute(
        select(table.monitor_id, table.from_slot, table.sketch).where(
            any_of(table.monitor_id.expression, sorted(monitor_ids)),
            table.from_slot >= low,
            table.from_slot < high,
        ),
        execution_options={"yield_per": _AT_ONCE},
    )
    for monitor_id, from_slot, sketch in rows:
        yield monitor_id, from_slot, bytes(sketch)


def _within(
    table: Table, monitor_ids: Collection[int], low: int, high: int
) -> tuple[ColumnElement[bool], ...]:
    return (table.monitor_id.in_(monitor_ids), table.from_slot >= low, table.from_slot < high)


def _columns(each: RolledUp) -> dict[str, object]:
    return {
        "organization_id": each.organization_id,
        "monitor_id": each.monitor_id,
        "region_id": each.region_id,
        "from_slot": each.from_slot,
        "sketch": each.rollup.sketch.encode(),
        **{name: getattr(each.rollup, name) for name in _NUMBERS},
    }


def _rollup(sketch: bytes, values: Sequence[int]) -> Rollup:
    return Rollup(sketch=Sketch.decode(bytes(sketch)), **dict(zip(_NUMBERS, values, strict=True)))
