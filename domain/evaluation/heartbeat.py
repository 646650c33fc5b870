"""Heartbeats: when a job should have reported, and what it means that it did not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

KIND = "heartbeat"
"""The kind of monitor that nobody probes: its job sends us pings."""

EARLY = timedelta(seconds=30)
"""How much too early a ping may come for the run of its cron expression: clocks of jobs differ."""
TOLERATED_GAP = timedelta(seconds=20)
"""A gap in our listening up to this long loses no ping that is sent with a retry."""
LONGEST_RUN = timedelta(hours=72)
"""A start older than this does not belong to the ping that comes now."""


class Signal(StrEnum):
    """What a ping says. `SUCCESS` and `FAIL` end a run; `LOG` says nothing of it."""

    SUCCESS = "success"
    START = "start"
    FAIL = "fail"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Expectation:
    """When the next ping should come, and when the patience with it ends."""

    expected_at: datetime
    deadline_at: datetime

    @property
    def earliest(self) -> datetime:
        """A run may come as much before its time as it may come after."""
        return self.expected_at - (self.deadline_at - self.expected_at)


@dataclass(frozen=True, slots=True)
class Listening:
    """A stretch of time in which pings could reach us, by the notes that were made in it."""

    began_at: datetime
    until_at: datetime


def expect(expected_at: datetime, grace: timedelta) -> Expectation:
    """Return when the next ping is due, and until when it is not late."""
    return Expectation(expected_at, expected_at + grace)


def expect_end(current: Expectation | None, started_at: datetime, grace: timedelta) -> Expectation:
    """Give a job that said it started the grace to end, if that is over sooner."""
    end = expect(started_at, grace)
    return end if current is None or end.deadline_at < current.deadline_at else current


def could_hear(
    expectation: Expectation, spans: Iterable[Listening], *, heard_at: datetime | None
) -> bool:
    """Tell whether the ping would have reached us whenever it was sent.

    `heard_at` is the last sign of the job: what was lost before that does not matter any more. A
    stretch that ends before the deadline does not say that we listened until then.
    """
    start = max(expectation.earliest, heard_at or expectation.earliest)
    return any(
        each.began_at - TOLERATED_GAP <= start and expectation.deadline_at <= each.until_at
        for each in spans
    )


def run_duration(started_at: datetime | None, ended_at: datetime) -> timedelta | None:
    """Return how long a run took; nothing if its start is not known, lies later, or is too old."""
    if started_at is None or not timedelta() <= ended_at - started_at <= LONGEST_RUN:
        return None
    return ended_at - started_at


def slot_of(moment: datetime, last_slot: int) -> int:
    """Return the slot of a result; two within a second must not become one."""
    return max(int(moment.timestamp()), last_slot + 1)
