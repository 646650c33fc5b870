"""Which monitors of an organization are beyond its plan: the newest ones."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counted:
    """A monitor, and how often it is checked a day if nothing but the plan pauses it."""

    id: int
    checks_per_day: float


def beyond(monitors: Iterable[Counted], *, most: int, most_checks: float) -> frozenset[int]:
    """Return the monitors that do not fit into the limits once all older ones are counted.

    All that follow the first one that does not fit are beyond, so the order decides alone.
    """
    used, checks = 0, 0.0
    ordered = sorted(monitors, key=lambda each: each.id)
    for place, each in enumerate(ordered):
        used, checks = used + 1, checks + each.checks_per_day
        if used > most or checks > most_checks + 1e-3:
            return frozenset(other.id for other in ordered[place:])
    return frozenset()
