"""What the system promises about time, stated once more: the oracle takes no figure from the code that it judges."""

_LONGEST_LATENESS = 15
_SECOND_TRY = 12
"""Age in seconds at which a slot without a result is tried once more."""
_SLOWEST_ANSWER = 2
"""Seconds after its timeout in which a check is over for sure."""

SLACK = 1.5
"""Seconds between the begin of a probe by the worker's account, whose clock may lag by half a second, and its
request as the site sees it, on a loaded machine."""


def tolerance(interval: int) -> int:
    """Return how many seconds after its slot a probe may begin and still stand for it."""
    return min(interval, _LONGEST_LATENESS)


EXTRA_AFTER = 30
"""Seconds to the next slot beyond which a missed one is made up for by an extra check."""
EXTRA_WITHIN = 30
"""Seconds in which that is made."""


def apart(interval: int, recheck: int) -> float:
    """Return how many seconds two failing probes must begin apart to confirm an outage."""
    wait = min(interval, recheck)
    return max(wait / 2, min(wait, 5) - 0.5)


def second_try(interval: int, timeout: int) -> int | None:
    """Return the age at which a missing result is asked for again, if there is time for that."""
    age = min(_SECOND_TRY, tolerance(interval) - 3)
    return age if timeout + _SLOWEST_ANSWER <= age else None
