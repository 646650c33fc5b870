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
    filled = [part for part in parts if len(part)]
    if len(filled) <= 1:
        return ordered(filled[0]) if filled else empty()
    rows = np.concatenate(filled)
    revision = np.repeat(np.arange(len(filled)), [len(part) for part in filled])
    is_unknown = rows["outcome"] == UNKNOWN
    keys = [revision, is_unknown, *(rows[name] for name in reversed(ORDER))]
    rows = rows[np.lexsort(keys)]
    is_first = np.ones(len(rows), dtype=bool)
    is_first[1:] = np.any([rows[name][1:] != rows[name][:-1] for name in KEY], axis=0)
    return rows[is_first]
