"""The columns of archived checks, as numpy rows: those of `check_results`, in the same order.

Only processes that read or write the archive import this package, because numpy and pyarrow take
80 MB of memory.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.void]
"""A structured array of `CHECK`."""

CHECK = np.dtype(
    [
        ("monitor_id", "<i4"),
        ("slot", "<i4"),
        ("organization_id", "<i4"),
        ("total_us", "<i4"),
        ("region_id", "<i2"),
        ("outcome", "i1"),
        ("cause", "i1"),
        ("http_status", "<i2"),
        ("dns_ms", "<i2"),
        ("connect_ms", "<i2"),
        ("tls_ms", "<i2"),
        ("first_byte_ms", "<i2"),
        ("lateness", "<i2"),
    ]
)
NAMES: Sequence[str] = CHECK.names or ()
KEY = ("monitor_id", "slot", "region_id")
ORDER = ("organization_id", *KEY)
"""The order of the rows of a file. A monitor has one organization, so it has one run of rows."""

UNKNOWN = 9
"""The code of the outcome `unknown`, which any later result of its slot replaces."""


def empty() -> Rows:
    return np.empty(0, dtype=CHECK)


def ordered(rows: Rows) -> Rows:
    """Return the rows in the order of a file."""
    # The last key of a lexsort is the first to compare.
    return rows[np.lexsort([rows[name] for name in reversed(ORDER)])]


def merged(parts: Sequence[Rows]) -> Rows:
    """Merge revisions of the same slots, oldest first; the result has the order of a file.

    Each key has one row: the first known one, or else the first of all. This is what the database
    does with a repeated result.
    """
    return divided(parts)[0]


def divided(parts: Sequence[Rows]) -> tuple[Rows, Rows]:
    """Return the merged rows, and those that others of the same key replace."""
    filled = [part for part in parts if len(part)]
    if len(filled) <= 1:
        return (ordered(filled[0]) if filled else empty()), empty()
    rows = np.concatenate(filled)
    by_monitor = rows[np.argsort(_run_of(rows), kind="stable")]
    if _is_strictly_ordered(by_monitor):
        return by_monitor, empty()
    revision = np.repeat(np.arange(len(filled)), [len(part) for part in filled])
    is_unknown = rows["outcome"] == UNKNOWN
    keys = [revision, is_unknown, *(rows[name] for name in reversed(ORDER))]
    rows = rows[np.lexsort(keys)]
    is_first = np.ones(len(rows), dtype=bool)
    is_first[1:] = np.any([rows[name][1:] != rows[name][:-1] for name in KEY], axis=0)
    return rows[is_first], rows[~is_first]


def _run_of(rows: Rows) -> NDArray[np.int64]:
    """Return one number for the organization and the monitor of each row, in their order."""
    organization = rows["organization_id"].astype(np.int64) << 32
    number: NDArray[np.int64] = organization | rows["monitor_id"]
    return number


def _is_strictly_ordered(rows: Rows) -> bool:
    """Return whether the rows have the order of a file, and no key comes twice."""
    run = _run_of(rows)
    place = (rows["slot"].astype(np.int64) << 16) | rows["region_id"]
    is_later = (run[1:] > run[:-1]) | ((run[1:] == run[:-1]) & (place[1:] > place[:-1]))
    return bool(is_later.all())
