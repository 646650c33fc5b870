"""Whether an outage is explained by what the monitor depends on, and how long to wait for an answer.

    child down ─┬─ a parent is down ──────────────────► nothing is told, look again
                ├─ a parent just recovered ───────────► wait until the child was looked at since
                ├─ a parent was not looked at since ──► wait until it was, or is confirmed down
                └─ all parents are fine ──────────────► tell

Only the real state of the parents counts, one step up: a parent that is itself held back by one of
its own is down all the same, so a whole chain falls silent.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.evaluation.state import State, Status

LONGEST_WAIT = timedelta(minutes=5)
"""A parent of which nothing is known holds nothing back longer than this."""
HELD_FOR = timedelta(seconds=30)
"""How long an outage is held by a parent that is down, until somebody asks again or the parent is back."""
_SOON = timedelta(seconds=5)


class Reason(StrEnum):
    """Why nothing is told of an outage for now."""

    PARENT = "parent"
    PARENT_UNKNOWN = "parent_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A monitor with an incident of which nothing was told yet, for want of an answer `waits_since` then.

    `failed_at` is its last look that failed, if we are who looks at it.
    """

    started_at: datetime
    waits_since: datetime
    failed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """What another depends on.

    `fine_at` is its last look, if that was good and no run of failures goes on; `confirmed_within`
    is how long it takes to be sure that it is down, counted from when we asked. `recovered_at` is
    when it last came back, which was believed `recovered_within` later at the latest.
    """

    is_down: bool
    fine_at: datetime | None
    confirmed_within: timedelta
    recovered_at: datetime | None
    recovered_within: timedelta = timedelta(0)


def hold(
    child: Child, parents: Collection[Parent], *, now: datetime
) -> tuple[Reason, datetime] | None:
    """Say why nothing is told of the child's outage now, and when to ask again at the latest."""
    if any(parent.is_down for parent in parents):
        return Reason.PARENT, now + HELD_FOR
    if any(_just_recovered(child, parent, now) for parent in parents):
        return Reason.PARENT, now + _SOON
    unseen = [parent for parent in parents if not is_fine_since(parent, child.started_at)]
    patience = max((parent.confirmed_within for parent in unseen), default=timedelta(0))
    latest = child.waits_since + min(patience, LONGEST_WAIT)
    return (Reason.PARENT_UNKNOWN, min(latest, now + _SOON)) if latest > now else None


def is_fine_since(parent: Parent, moment: datetime) -> bool:
    return parent.fine_at is not None and parent.fine_at >= moment


def _just_recovered(child: Child, parent: Parent, now: datetime) -> bool:
    """Tell whether what we know of the child may be no more than that the parent was down."""
    return (
        parent.recovered_at is not None
        and child.failed_at is not None
        and child.failed_at < parent.recovered_at
        and now < parent.recovered_at + parent.recovered_within + LONGEST_WAIT
    )


def last_failure(checks: Iterable[Status], most: int) -> int:
    """Return the slot since which as many regions as an outage takes are known to fail, or 0.

    A look that could not tell is none, and where the monitor is just coming back it is given the
    time to do so.
    """
    failed = [
        0 if each.successes or each.state is State.UNKNOWN else each.last_slot
        for each in checks
        if each.incident_open
    ]
    return sorted(failed)[-most] if most <= len(failed) else 0


def confirmed_within(waits: Iterable[timedelta], timeout: timedelta) -> timedelta:
    """Return how long a change takes to be confirmed, each look lasting as long as it may."""
    rest = list(waits)
    return sum(rest, timedelta(0)) + (len(rest) + 1) * timeout + _DELAY


_DELAY = timedelta(seconds=75)
"""What may pass before a look begins, and before its result is written, when all goes slowly.

A database that is gone for a minute, between a child's confirmation and its parent's, is part of that.
"""


def circle(parents_of: Mapping[int, Collection[int]], start: int) -> list[int]:
    """Return a way from a monitor by its parents back to itself, or nothing if there is none."""
    reached_from: dict[int, int] = {}
    ahead = [start]
    while ahead:
        here = ahead.pop()
        for parent in parents_of.get(here, ()):
            if parent == start:
                return [*_way(reached_from, start, here), start]
            if parent not in reached_from:
                reached_from[parent] = here
                ahead.append(parent)
    return []


def _way(reached_from: Mapping[int, int], start: int, end: int) -> list[int]:
    way = [end]
    while way[-1] != start:
        way.append(reached_from[way[-1]])
    return way[::-1]
