"""When a monitor is due: slots are arithmetic, nothing is written to schedule one."""

from collections.abc import Callable
from zlib import crc32

SHARDS = 16
FOREVER = 2**31 - 1
"""The `until_slot` of a schedule that still runs; slots are unix seconds in 32 bits."""

PUBLISH_AT_MOST = 15
"""Seconds of slots that one tick publishes; older ones are late and left to verification."""
VERIFY_AGE = 30
"""Age in seconds at which a slot without a result is published once more."""
VERIFY_AT_MOST = 15
"""Seconds of slots, beyond `VERIFY_AGE`, that one tick still publishes again after a stall."""
FRESH_FOR = 60
"""Age in seconds up to which a worker still starts the check of a slot."""
CLOSE_AGE = 90
"""Age in seconds at which a slot without a result gets its `unknown` row."""
CLOSE_AT_MOST = 300
"""Seconds of slots that one tick closes, so that a long stall is written up in steps."""
LONGEST_TIMEOUT = CLOSE_AGE - FRESH_FOR
"""A check that starts as late as allowed still ends before its slot is closed."""


def shard_of(monitor_id: int) -> int:
    """Return which dispatch shard publishes the monitor, in [0, `SHARDS`): it never changes."""
    return monitor_id % SHARDS


def phase_of(monitor_id: int, interval: int) -> int:
    """Spread monitors evenly over their interval, so that no second is crowded."""
    return crc32(monitor_id.to_bytes(8, "big")) % interval


def next_slot(phase: int, interval: int, after: int) -> int:
    """Return the first slot `phase + k * interval` later than `after`, in unix seconds."""
    return after + 1 + (phase - after - 1) % interval


def recheck_slot(*, slot: int, wait: int, now: int, next_regular: int) -> int | None:
    """Return when to look again `wait` seconds after `slot`, or nothing if the regular check is as soon."""
    due = max(slot + wait, now)
    return due if slot < due < next_regular else None


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
