"""Who is on duty by an on-call schedule: an override, or else the last layer that has somebody."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from domain.on_call_layer import Duty, Layer


@dataclass(frozen=True, slots=True)
class Shift:
    """[start, end), and who is on duty then: nobody where that is None."""

    start: datetime
    end: datetime
    contact_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Later layers come before earlier ones; overrides come before all, and none of them overlap."""

    zone: tzinfo
    layers: Sequence[Layer] = ()
    overrides: Sequence[Duty] = ()


def on_duty_at(schedule: Schedule, moment: datetime) -> int | None:
    """Return the contact who is on duty at that moment, if anybody is."""
    for override in schedule.overrides:
        if override.start <= moment < override.end:
            return override.contact_id
    for layer in reversed(schedule.layers):
        contact_id = layer.on_duty_at(moment, schedule.zone)
        if contact_id is not None:
            return contact_id
    return None


def shifts(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    """Return who is on duty from start to end, without a gap or an overlap: also where nobody is.

    The first and the last are cut to what was asked for. Two in a row are never the same contact.
    """
    found: list[Shift] = []
    by_rank: dict[int, int] = {}
    since = start
    for change in sorted(_changes(schedule, start, end)):
        _append(found, Shift(since, change.moment, _first(by_rank)))
        since = change.moment
        if change.begins:
            by_rank[change.rank] = change.contact_id
        else:
            del by_rank[change.rank]
    _append(found, Shift(since, end, _first(by_rank)))
    return found


@dataclass(frozen=True, slots=True, order=True)
class _Change:
    """In the order in which they are made: what ends at a moment ends before another begins."""

    moment: datetime
    begins: bool
    rank: int
    contact_id: int


def _changes(schedule: Schedule, start: datetime, end: datetime) -> Iterator[_Change]:
    """Yield when each duty begins and ends; the overrides are one more layer above all others."""
    ranked = [layer.duties(start, end, schedule.zone) for layer in schedule.layers]
    for rank, each in enumerate([*ranked, _clipped(schedule.overrides, start, end)]):
        for duty in each:
            yield _Change(duty.start, True, rank, duty.contact_id)  # noqa: FBT003
            yield _Change(duty.end, False, rank, duty.contact_id)  # noqa: FBT003


def _clipped(overrides: Iterable[Duty], start: datetime, end: datetime) -> Iterator[Duty]:
    for each in overrides:
        first, last = max(each.start, start), min(each.end, end)
        if first < last:
            yield Duty(first, last, each.contact_id)


def _first(by_rank: dict[int, int]) -> int | None:
    return by_rank[max(by_rank)] if by_rank else None


def _append(found: list[Shift], shift: Shift) -> None:
    """Add what is not empty; the same contact goes on in the same shift."""
    if shift.start == shift.end:
        return
    if found and found[-1].contact_id == shift.contact_id:
        found[-1] = replace(found[-1], end=shift.end)
    else:
        found.append(shift)
