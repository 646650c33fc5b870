"""The clock by which probes are judged late: it goes on while the machine is suspended."""

from time import CLOCK_BOOTTIME, clock_gettime


def boottime() -> float:
    """Return seconds since the machine started, those in which it was suspended included.

    `time.monotonic` stands still in a suspended machine, so a check from before would look fresh.
    """
    return clock_gettime(CLOCK_BOOTTIME)
