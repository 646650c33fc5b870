"""The names of objects: a file is named by its content, a manifest by its number."""

from datetime import date

DAYS = "days/"
MONTHS = "months/"
MANIFESTS = "manifests/"
_HASH_LENGTH = 32


def of_day(kind: str, day: date, shard: int, revision: int, sha256: str) -> str:
    """Return the name of a file with the rows of a shard on a day."""
    return f"{DAYS}{day}/{kind}-{shard:02}-{revision}-{sha256[:_HASH_LENGTH]}.parquet"


def of_month(kind: str, month: date, organization_id: int, revision: int, sha256: str) -> str:
    """Return the name of a file with the rows of an organization in a month."""
    name = f"{kind}-{organization_id}-{revision}-{sha256[:_HASH_LENGTH]}.parquet"
    return f"{MONTHS}{month:%Y-%m}/{name}"


def of_manifest(number: int) -> str:
    return f"{MANIFESTS}{number:08}.jws"
