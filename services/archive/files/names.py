"""The names of objects: a file is named by its content, a manifest by its number."""

import re
from datetime import date, timedelta

DAYS = "days/"
MONTHS = "months/"
MANIFESTS = "manifests/"
_HASH_LENGTH = 32
_PERIOD = re.compile(r"days/(\d{4}-\d{2}-\d{2})/|months/(\d{4}-\d{2})/")


def of_day(kind: str, day: date, shard: int, revision: int, sha256: str) -> str:
    """Return the name of a file with the rows of a shard on a day."""
    return f"{DAYS}{day}/{kind}-{shard:02}-{revision}-{sha256[:_HASH_LENGTH]}.parquet"


def of_month(kind: str, month: date, organization_id: int, revision: int, sha256: str) -> str:
    """Return the name of a file with the rows of an organization in a month."""
    name = f"{kind}-{organization_id}-{revision}-{sha256[:_HASH_LENGTH]}.parquet"
    return f"{MONTHS}{month:%Y-%m}/{name}"


def of_manifest(number: int) -> str:
    return f"{MANIFESTS}{number:08}.jws"


def period_of(name: str) -> tuple[date, date]:
    """Return the first and the last day of a file. Raise `ValueError` for the name of no file."""
    match = _PERIOD.match(name)
    if match is None:
        raise ValueError(f"{name} is not the name of a file of checks.")
    if match[1]:
        day = date.fromisoformat(match[1])
        return day, day
    return month_of(date.fromisoformat(f"{match[2]}-01"))


def month_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of a day's month."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)
