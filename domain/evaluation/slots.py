"""When a monitor is due: slots are computed, so scheduling a check writes nothing."""

from collections.abc import Callable
from math import ceil
from zlib import crc32

SHARDS = 16
FOREVER = 2**31 - 1
"""The `until_slot` of a schedule that is still active; slots are unix seconds in 32 bits."""

TOLERANCE = 15
"""The most seconds between a slot and its probe's start; a later result is of another time."""
LONGEST_TIMEOUT = 30
"""The longest timeout of a probe, in seconds."""
STORED_WITHIN = 2
"""The seconds within which a finished check is stored. Until then its slot is not missing."""
LEAD = 3
"""The seconds that a republished message needs to reach a worker."""
VERIFY_STEP = 2
"""The seconds of slots that one verification covers; less than `LEAD`, so that none is too late."""
CLOSE_AGE = 90
"""The age in seconds at which a slot without a result gets its `unknown` row.

The last probe ends at an age of `TOLERANCE` + `LONGEST_TIMEOUT`. The rest covers a restart of the
database before it can store the result.
"""
CLOSE_STEP = 5
"""The seconds of slots that are closed together: each second by itself would only cost more."""
CLOSE_AT_MOST = 300
"""The most seconds of slots that one tick closes. A long stall is written in several steps."""
ROWS_OF_STALL = 3600
"""The seconds of a stall whose slots get rows; the rest is only a blind span (invariant 9)."""
EXTRA_AFTER = 30
"""An extra check is made if the next slot of the monitor is more than this many seconds away."""
EXTRA_WITHIN = 30
"""The seconds over which the extra checks after a stall are spread. Later ones are dropped."""
WORKER_ALIVE = 45
"""How many seconds after its last report a worker counts as live. Workers report every 30 s."""


def tolerance(interval: int) -> int:
    """Return how many seconds after its slot a probe may begin and still count for it."""
    return min(interval, TOLERANCE)


def verify_age(interval: int) -> int:
    """Return the age in seconds at which a slot without a result is published once more.

    A negative age means never.
    """
    return tolerance(interval) - LEAD


def retry_age(interval: int, timeout: float) -> float:
    """Return the age in seconds of a slot up to which a held-up check may be made again.

    A later one would still run when its slot is verified, and the monitor would get both requests.
    A slot that is never verified leaves no other chance, so its check may begin for as long as any.
    """
    ends = timeout + STORED_WITHIN
    is_verified = ends < verify_age(interval) + VERIFY_STEP
    return verify_age(interval) - ends if is_verified else tolerance(interval)


def shard_of(monitor_id: int) -> int:
    """Return the dispatch shard of the monitor, in [0, `SHARDS`). It never changes."""
    return monitor_id % SHARDS


def phase_of(monitor_id: int, interval: int) -> int:
    """Return the phase of a monitor. A hash spreads monitors evenly over their interval."""
    return crc32(monitor_id.to_bytes(8, "big")) % interval


def next_slot(phase: int, interval: int, after: int) -> int:
    """Return the first slot `phase + k * interval` later than `after`, in unix seconds."""
    return after + 1 + (phase - after - 1) % interval


def is_extra_wanted(*, slot: int, phase: int, interval: int, now: int) -> bool:
    """Return whether a missed slot gets an extra check: it is regular, and the next is far away."""
    return slot % interval == phase and slot + interval - now > EXTRA_AFTER


def recheck_due(*, began: float, wait: int, now: int, next_regular: int) -> int | None:
    """Return when to recheck a monitor, in unix seconds, or None if the regular check is as soon.

    The recheck is `wait` seconds after the failed probe `began`, but not before `now`, when that
    probe has ended.
    """
    due = max(ceil(began + wait), now)
    return due if due < next_regular else None


_GROWTH: dict[str, Callable[[int], int]] = {
    "fixed": lambda _: 1,
    "linear": lambda number: number,
    "exponential": lambda number: 2 ** (number - 1),
}


def recheck_wait(seconds: int, backoff: str, number: int) -> int:
    """Return the wait before the recheck after the `number`-th check of a run, from 1, in seconds.

    It is `seconds` each time (fixed), grows by `seconds` each time (linear), or doubles each time
    (exponential).
    """
    return seconds * _GROWTH[backoff](number)
