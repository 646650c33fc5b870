"""The times of a cron expression in its time zone, as Debian's cron defines them."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

LONGEST = 100
_FIELDS = 5


def next_after(expression: str, time_zone: str, moment: datetime) -> datetime:
    """Return the first time after the moment, in UTC. Raise `ValueError` with a sentence.

    A time in a skipped hour runs right after it; a time in a repeated hour runs once.
    """
    try:
        times = CronSim(expression, moment.astimezone(zone(time_zone)))
        # Within a repeated hour, they begin with the times of its first pass.
        return next(each for each in (time.astimezone(UTC) for time in times) if each > moment)
    except CronSimError as error:
        raise ValueError(f"Not a valid cron expression: {error}.") from error
    except (StopIteration, OverflowError) as error:
        raise ValueError("This cron expression never matches a time.") from error


def checked(expression: str) -> str:
    """Return the expression with single spaces. Raise `ValueError` with a sentence."""
    fields = expression.split()
    if len(fields) != _FIELDS or not expression.isascii():
        raise ValueError("A cron expression has five fields, such as 30 3 * * 1-5.")
    return " ".join(fields)


def zone(name: str) -> ZoneInfo:
    """Return a time zone of the IANA database. Raise `ValueError` with a sentence."""
    if name not in _zones():
        raise ValueError("This time zone does not exist. Use a name such as Europe/Berlin.")
    return ZoneInfo(name)


@cache
def _zones() -> set[str]:
    """Cache the names: listing them walks through many files."""
    return available_timezones()
