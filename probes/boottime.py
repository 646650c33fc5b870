"""The clock by which a probe counts as late. It continues while the machine is suspended."""

from time import CLOCK_BOOTTIME, clock_gettime


def boottime() -> float:
    """Return the seconds since the machine started, including suspended time.

    `time.monotonic` stops while the machine is suspended, so an old check would look recent.
    """
    return clock_gettime(CLOCK_BOOTTIME)
