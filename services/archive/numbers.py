"""Days and shards of the archive. A day is one of UTC; a shard is a sixteenth of organizations."""

from datetime import UTC, date, datetime, time, timedelta

from domain.analytics.rollup import DAY

SHARDS = 16
"""The number never changes: files and manifests name shards."""


def shard_of(organization_id: int) -> int:
    return organization_id % SHARDS


def slots_of(day: date) -> tuple[int, int]:
    """Return the first second of a day, and that of the next."""
    begin = int(datetime.combine(day, time(), UTC).timestamp())
    return begin, begin + DAY


def date_of(slot: int) -> date:
    return datetime.fromtimestamp(slot, UTC).date()


def days_between(first: date, last: date) -> list[date]:
    """Return the days from the first to the last, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
