"""Counts of organizations that this process keeps while what they count has not changed.

To count the monitors of an organization by state or by tag takes time in proportion to their number,
and each page shows such counts. So they are kept under the version that was read before they were
made. A missing hint leaves them wrong for `SECONDS` at most.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")

SECONDS = 5.0
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class _Kept:
    version: Hashable
    made_at: datetime
    counts: Any


@dataclass(slots=True)
class KeptCounts:
    """The latest counts by organization and name. Those that were asked for longest ago go first."""

    most: int = _MOST
    _found: OrderedDict[tuple[int, str], _Kept] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(
        self,
        organization_id: int,
        name: str,
        count: Callable[[], T],
        *,
        version: Hashable | None,
        now: datetime,
    ) -> T:
        """Return the counts of a name, made at this version or made now.

        Without a version, as while Redis fails, they are always made now. The caller has read the
        version before it reads anything that is counted.
        """
        if version is None:
            return count()
        key = (organization_id, name)
        with self._lock:
            kept = self._found.get(key)
        if kept is not None and kept.version == version and _is_fresh(kept.made_at, now):
            found: T = kept.counts
            return found
        counts = count()
        with self._lock:
            self._found[key] = _Kept(version, now, counts)
            self._found.move_to_end(key)
            if len(self._found) > self.most:
                self._found.popitem(last=False)
        return counts


def _is_fresh(made_at: datetime, now: datetime) -> bool:
    return abs(now - made_at) < timedelta(seconds=SECONDS)
