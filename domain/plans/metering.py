"""Meters: what is counted by the hour, and how hours become days."""

from collections.abc import Iterable
from enum import StrEnum

HOUR = 3600


class Meter(StrEnum):
    """What an organization uses.

    * `SCHEDULED_CHECKS`: slots of its monitors, in each region. `EXECUTED_CHECKS`: those of them,
      and rechecks, that a worker made.
    * `TEXT_SEGMENTS` and `CALLS`: accepted by the provider.
    * `SEATS`: the most members at once.
    * `ARCHIVED_BYTES`: the size of its checks in the archive at the end of the hour.
    * `EXPORT_BYTES`: the size of finished exports.
    """

    SCHEDULED_CHECKS = "scheduled_checks"
    EXECUTED_CHECKS = "executed_checks"
    TEXT_SEGMENTS = "text_segments"
    CALLS = "calls"
    SEATS = "seats"
    ARCHIVED_BYTES = "archived_bytes"
    EXPORT_BYTES = "export_bytes"

    @property
    def is_level(self) -> bool:
        """Whether it is the height of something and no amount, so that hours do not add up."""
        return self in _LEVELS


_LEVELS = frozenset({Meter.SEATS, Meter.ARCHIVED_BYTES})


def together(meter: Meter, hours: Iterable[int]) -> int:
    """Return the usage of several hours: their sum, or the highest of a level."""
    return max(hours, default=0) if meter.is_level else sum(hours)


def hour_of(moment: float) -> int:
    """Return the beginning of the hour of a moment, both in unix seconds."""
    return int(moment) // HOUR * HOUR
