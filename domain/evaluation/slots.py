"""When a monitor is due: slots are arithmetic, nothing is written to schedule one."""

from collections.abc import Callable
from math import ceil
from zlib import crc32

SHARDS = 16
FOREVER = 2**31 - 1
"""The `until_slot` of a schedule that still runs; slots are unix seconds in 32 bits."""

TOLERANCE = 15
"""Most seconds between a slot and the begin of its probe: a later answer would speak of another time."""
LONGEST_TIMEOUT = 30
"""Most seconds that a probe may take."""
STORED_WITHIN = 2
"""Seconds in which the result of a finished check is stored: until then its slot is no hole."""
LEAD = 3
"""Seconds in which a message that is published again reaches a worker."""
VERIFY_STEP = 2
"""Seconds of slots that verification looks at together: less than `LEAD`, so that none is too late."""
CLOSE_AGE = 90
"""Age in seconds at which a slot without a result gets its `unknown` row.

The last probe ends at an age of `TOLERANCE` + `LONGEST_TIMEOUT`; the rest is for a database that
restarts before it can take the result.
"""
CLOSE_STEP = 5
"""Seconds of slots that closing looks at together: each second would cost more and help nobody."""
CLOSE_AT_MOST = 300
"""Seconds of slots that one tick closes, so that a long stall is written up in steps."""
ROWS_OF_STALL = 3600
"""Seconds of a stall whose slots get rows; the rest is a blind span alone (invariant 9)."""
EXTRA_AFTER = 30
"""An extra check is made if the next slot of the monitor is more than so many seconds away."""
EXTRA_WITHIN = 30
"""Seconds over which the extra checks after a stall are spread; what is not made then is not made."""
WORKER_ALIVE = 45
"""Seconds since the last sign of a region's workers, who give one each 30 s."""


def tolerance(interval: int) -> int:
    """Return how many seconds after its slot a probe may begin at most, to stand for that slot."""
    return min(interval, TOLERANCE)


def verify_age(interval: int) -> int:
    """Return the age in seconds at which a slot without a result is published once more, if ever."""
    return tolerance(interval) - LEAD


def shard_of(monitor_id: int) -> int:
    """Return which dispatch shard publishes the monitor, in [0, `SHARDS`): it never changes."""
    return monitor_id % SHARDS


def phase_of(monitor_id: int, interval: int) -> int:
    """Spread monitors evenly over their interval, so that no second is crowded."""
    return crc32(monitor_id.to_bytes(8, "big")) % interval


def next_slot(phase: int, interval: int, after: int) -> int:
    """Return the first slot `phase + k * interval` later than `after`, in unix seconds."""
    return after + 1 + (phase - after - 1) % interval


def is_extra_wanted(*, slot: int, phase: int, interval: int, now: int) -> bool:
    """Tell whether a missed slot is made good by an extra check: a regular one, the next far away."""
    return slot % interval == phase and slot + interval - now > EXTRA_AFTER


def recheck_due(*, began: float, wait: int, now: int, next_regular: int) -> int | None:
    """Return when to check again a monitor whose failing probe began then, in unix seconds.

    That is `wait` seconds later, and not before `now`, when that probe had ended. Nothing if the
    regular check is as soon.
    """
    due = max(ceil(began + wait), now)
    return due if due < next_regular else None


_GROWTH: dict[str, Callable[[int], int]] = {
    "fixed": lambda _: 1,
    "linear": lambda number: number,
    "exponential": lambda number: 2 ** (number - 1),
}


def recheck_wait(seconds: int, backoff: str, number: int) -> int:
    """Return how long to wait before looking again after the `number`-th check of a run, from 1.

    `seconds` each time (fixed), once more of them each time (linear), or twice as long each time
    (exponential).
    """
    return seconds * _GROWTH[backoff](number)
