"""Wall clocks: what they show at a moment, and when they show a time. Handoffs use them."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta, tzinfo

_SECOND = timedelta(seconds=1)


def shown(moment: datetime, zone: tzinfo) -> datetime:
    """Return the wall time of a moment in the zone, as a naive datetime."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def reached(wall: datetime, zone: tzinfo) -> datetime:
    """Return the first moment, in UTC, at which clocks in the zone show this time or a later one.

    A skipped time is the moment of the change, and a repeated time its first occurrence. So the
    earlier of two times is never reached after the later. RFC 5545 reads a skipped time differently
    (`domain.maintenance`): in the night of the change, 02:30 comes after 03:15 there. A shift from
    one to the other would then belong to nobody. Times are whole seconds.
    """
    before = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if before <= after:
        return before
    # The time is skipped; its moment lies between the results of the two offsets.
    seconds = range((before - after) // _SECOND)
    return after + _SECOND * bisect_left(
        seconds, wall, key=lambda second: shown(after + _SECOND * second, zone)
    )
