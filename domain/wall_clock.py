"""Wall clocks: what they show at a moment, and when they show a time. Handoffs use them."""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


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


class _Offsets(dict[date, timedelta | None]):
    """The offset of each day that was asked for, or None if clocks change on it."""

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, day: date) -> timedelta | None:
        found = self[day] = _steady_offset(day, self._zone)
        return found


def _steady_offset(day: date, zone: tzinfo) -> timedelta | None:
    """Return the offset of a day, or None if clocks change on it. No zone changes them twice."""
    begin = datetime.combine(day, time(), zone)
    ends = (each.replace(fold=fold) for each in (begin, begin + _DAY) for fold in (0, 1))
    offsets = {each.utcoffset() for each in ends}
    return offsets.pop() if len(offsets) == 1 else None


class Clock:
    """The clocks of a zone, for many times on few days: each day is looked up in the zone once."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._offsets = _Offsets(zone)
        self._last = timedelta()

    def shown(self, moment: datetime) -> datetime:
        """Return what the function `shown` returns."""
        wall = moment.astimezone(UTC).replace(tzinfo=None) + self._last
        if self._offsets[wall.date()] == self._last:
            return wall
        wall = shown(moment, self._zone)
        offset = self._offsets[wall.date()]
        if offset is not None:
            self._last = offset
        return wall

    def reached(self, wall: datetime) -> datetime:
        """Return what the function `reached` returns."""
        return self.reached_on(wall.date(), wall.time())

    def reached_on(self, day: date, at: time) -> datetime:
        """Return the same for a time of a day."""
        offset = self._offsets[day]
        if offset is None:
            return reached(datetime.combine(day, at), self._zone)
        return datetime.combine(day, at, UTC) - offset
