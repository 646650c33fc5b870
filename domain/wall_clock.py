"""What clocks on the wall show, and when: for what changes hands at a time of day."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta, tzinfo

_SECOND = timedelta(seconds=1)


def shown(moment: datetime, zone: tzinfo) -> datetime:
    """Return what clocks there show at that moment, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def reached(wall: datetime, zone: tzinfo) -> datetime:
    """Return the first moment, in UTC, at which clocks there show this time or a later one.

    So a time that they skip is the moment at which they do so, one that they show twice is the
    first of the two, and of two times the later is never reached before the earlier. That is not
    how RFC 5545 reads a skipped time (`domain.maintenance`): there 02:30 comes after 03:15 in the
    night of the change, and what lasts from one to the other would be nobody's. Of whole seconds.
    """
    before = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if before <= after:
        return before
    # It is skipped, somewhere between what either offset makes of it.
    seconds = range((before - after) // _SECOND)
    return after + _SECOND * bisect_left(
        seconds, wall, key=lambda second: shown(after + _SECOND * second, zone)
    )
