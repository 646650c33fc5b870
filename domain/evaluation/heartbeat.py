"""Heartbeats: when a ping is due, and what its absence means."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

KIND = "heartbeat"
"""The kind of monitor that is never probed: its job sends pings."""

EARLY = timedelta(seconds=30)
"""How early a ping may be for a run of its cron expression, because the clocks of jobs differ."""
TOLERATED_GAP = timedelta(seconds=20)
"""A gap of the ping receiver up to this long loses no ping that is sent with a retry."""
LONGEST_RUN = timedelta(hours=72)
"""A start older than this does not belong to the current ping."""


class Signal(StrEnum):
    """The meaning of a ping. `SUCCESS` and `FAIL` end a run; `LOG` does not affect it."""

    SUCCESS = "success"
    START = "start"
    FAIL = "fail"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Expectation:
    """When the next ping is expected, and when its grace period ends."""

    expected_at: datetime
    deadline_at: datetime

    @property
    def earliest(self) -> datetime:
        """A run may be as early as the grace period allows it to be late."""
        return self.expected_at - (self.deadline_at - self.expected_at)


@dataclass(frozen=True, slots=True)
class Listening:
    """A span in which the ping receiver was up, according to its records."""

    began_at: datetime
    until_at: datetime


def expect(expected_at: datetime, grace: timedelta) -> Expectation:
    """Return when the next ping is due, and until when it is not late."""
    return Expectation(expected_at, expected_at + grace)


def expect_end(current: Expectation | None, started_at: datetime, grace: timedelta) -> Expectation:
    """Return the deadline for the end of a started job: its grace period, if that is sooner."""
    end = expect(started_at, grace)
    return end if current is None or end.deadline_at < current.deadline_at else current


def could_hear(
    expectation: Expectation, spans: Iterable[Listening], *, heard_at: datetime | None
) -> bool:
    """Return whether the ping would have arrived, whenever it was sent.

    `heard_at` is the last signal of the job; pings lost before it do not matter. A span that ends
    before the deadline does not prove that the receiver was up until then.
    """
    start = max(expectation.earliest, heard_at or expectation.earliest)
    return any(
        each.began_at - TOLERATED_GAP <= start and expectation.deadline_at <= each.until_at
        for each in spans
    )


def run_duration(started_at: datetime | None, ended_at: datetime) -> timedelta | None:
    """Return the duration of a run, or None if its start is unknown, too late, or too old."""
    if started_at is None or not timedelta() <= ended_at - started_at <= LONGEST_RUN:
        return None
    return ended_at - started_at


def slot_of(moment: datetime, last_slot: int) -> int:
    """Return the slot of a result. Two results within a second must have different slots."""
    return max(int(moment.timestamp()), last_slot + 1)
