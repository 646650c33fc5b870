"""When a cron expression comes due, in its time zone, as Debian's cron understands it."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

LONGEST = 100
_FIELDS = 5


def next_after(expression: str, time_zone: str, moment: datetime) -> datetime:
    """Return the first time after the moment, in UTC; raises `ValueError` with a sentence.

    An hour that the clocks skip runs right after it, one that they repeat runs once.
    """
    try:
        times = CronSim(expression, moment.astimezone(zone(time_zone)))
        # Within an hour that is repeated they begin with what was due in the first of the two.
        return next(each for each in (time.astimezone(UTC) for time in times) if each > moment)
    except CronSimError as error:
        raise ValueError(f"This is not a cron expression: {error}.") from error
    except (StopIteration, OverflowError) as error:
        raise ValueError("This cron expression never comes due.") from error


def checked(expression: str) -> str:
    """Return the expression with single spaces; raises `ValueError` with a sentence."""
    fields = expression.split()
    if len(fields) != _FIELDS or not expression.isascii():
        raise ValueError("A cron expression has five fields, such as 30 3 * * 1-5.")
    return " ".join(fields)


def zone(name: str) -> ZoneInfo:
    """Return a time zone of the IANA database; raises `ValueError` with a sentence."""
    if name not in _zones():
        raise ValueError("There is no such time zone. Names look like Europe/Berlin.")
    return ZoneInfo(name)


@cache
def _zones() -> set[str]:
    """List the names once: each time it is a walk through many files."""
    return available_timezones()
