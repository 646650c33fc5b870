"""Whether a parent explains an outage, and how long to wait for the answer.

    child down ─┬─ a parent is down ─────────────────────► inhibited, ask again
                ├─ a parent just recovered ──────────────► wait for a check of the child since then
                ├─ a parent was not checked since then ──► wait for its check or its outage
                └─ all parents are up ───────────────────► notify

Only the confirmed state of the direct parents counts. A parent that is itself inhibited is still
down, so a whole chain is inhibited.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.evaluation.state import State, Status

LONGEST_WAIT = timedelta(minutes=5)
"""The longest time for which an unknown parent suppresses an outage."""
INHIBITED_FOR = timedelta(seconds=30)
"""How long a parent that is down inhibits an outage, until the next question or its recovery."""
_SOON = timedelta(seconds=5)


class Reason(StrEnum):
    """Why an outage is suppressed for now."""

    PARENT = "parent"
    PARENT_UNKNOWN = "parent_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A monitor with an incident of which nobody was notified, waiting since `waits_since`.

    `failed_at` is the start of its last failed probe, if this service probes it.
    """

    started_at: datetime
    waits_since: datetime
    failed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A monitor that another depends on.

    `fine_at` is its last check, if that was good and no run of failures is in progress.
    `confirmed_within` is how long confirming its outage takes, counted from the request for a
    check. `recovered_at` is its last recovery, which was confirmed at most `recovered_within`
    later.
    """

    is_down: bool
    fine_at: datetime | None
    confirmed_within: timedelta
    recovered_at: datetime | None
    recovered_within: timedelta = timedelta(0)


def inhibit(
    child: Child, parents: Collection[Parent], *, now: datetime
) -> tuple[Reason, datetime] | None:
    """Return why the child's outage is suppressed and when to ask again at the latest, or None."""
    if any(parent.is_down for parent in parents):
        return Reason.PARENT, now + INHIBITED_FOR
    if any(_just_recovered(child, parent, now) for parent in parents):
        return Reason.PARENT, now + _SOON
    unseen = [parent for parent in parents if not is_fine_since(parent, child.started_at)]
    patience = max((parent.confirmed_within for parent in unseen), default=timedelta(0))
    latest = child.waits_since + min(patience, LONGEST_WAIT)
    return (Reason.PARENT_UNKNOWN, min(latest, now + _SOON)) if latest > now else None


def is_fine_since(parent: Parent, moment: datetime) -> bool:
    return parent.fine_at is not None and parent.fine_at >= moment


def _just_recovered(child: Child, parent: Parent, now: datetime) -> bool:
    """Return whether the child may have failed only because the parent was down."""
    return (
        parent.recovered_at is not None
        and child.failed_at is not None
        and child.failed_at < parent.recovered_at
        and now < parent.recovered_at + parent.recovered_within + LONGEST_WAIT
    )


def last_failure(checks: Iterable[Status], most: int) -> int:
    """Return the last slot by which `most` regions had failed, or 0.

    An unknown result does not count as a failure. A region whose successes have begun to confirm
    the recovery does not count either, so it has time to finish.
    """
    failed = [
        0 if each.successes or each.state is State.UNKNOWN else each.last_slot
        for each in checks
        if each.incident_open
    ]
    return sorted(failed)[-most] if most <= len(failed) else 0


def confirmed_within(waits: Iterable[timedelta], timeout: timedelta) -> timedelta:
    """Return how long confirming a change takes if each check lasts as long as its timeout."""
    rest = list(waits)
    return sum(rest, timedelta(0)) + (len(rest) + 1) * timeout + _DELAY


_DELAY = timedelta(seconds=75)
"""The delay before a check begins and before its result is written, at worst.

It includes a one-minute outage of the database between the confirmations of child and parent.
"""


def circle(parents_of: Mapping[int, Collection[int]], start: int) -> list[int]:
    """Return a path from a monitor through its parents back to itself, or an empty list."""
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
