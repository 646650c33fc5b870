"""Quiet hours: wall times between which a contact is not disturbed, in the contact's time zone."""

from datetime import UTC, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)


def quiet_until(moment: datetime, *, begin: time, end: time, zone: tzinfo) -> datetime | None:
    """Return when the quiet hours end that the moment lies in, or None if it lies in none.

    They may reach over midnight; where both times are the same there are none. A time that the
    clocks repeat in autumn begins at the first of the two and ends at the second; one that they
    skip in spring comes as long after the change as it would have come without it.
    """
    if begin == end:
        return None
    today = moment.astimezone(zone).date()
    for day in (today - _DAY, today, today + _DAY):
        last_day = day if begin < end else day + _DAY
        starts = _utc(datetime.combine(day, begin, zone))
        ends = max(
            _utc(datetime.combine(last_day, end.replace(fold=fold), zone)) for fold in (0, 1)
        )
        if starts <= moment < ends:
            return ends
    return None


def _utc(local: datetime) -> datetime:
    return local.astimezone(UTC)
