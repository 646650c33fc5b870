"""Quiet hours: local times in which a contact is not disturbed, in the contact's time zone."""

from datetime import UTC, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)


def quiet_until(moment: datetime, *, begin: time, end: time, zone: tzinfo) -> datetime | None:
    """Return the end of the quiet hours that contain the moment, or None.

    They may span midnight; equal times mean no quiet hours. If the clocks repeat a time, quiet
    hours begin at its first occurrence and end at its second. A skipped time uses the offset before
    the change.
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
