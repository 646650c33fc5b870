"""Lanes: no host, no organization and no kind of channel takes all threads of a relay worker.

A provider that hangs holds a thread for as long as a notifier may take. What finds its lane full is
remembered here and woken when a place is free; if this process dies, the sweep wakes it.
"""

from collections import Counter
from collections.abc import Hashable, Iterator
from threading import Lock

from services.delivery_lanes import Lane

_MOST_REMEMBERED = 10_000
_MOST_REMEMBERED_OF_LANE = 1000


class Lanes:
    """The places of one process, of which each kind of channel takes `per_kind` at most.

    Of those one organization takes `per_part`, and so does one host; of both, a lane `per_lane`.
    """

    def __init__(self, *, per_kind: int, per_part: int, per_lane: int) -> None:
        self._most = (per_kind, per_part, per_part, per_lane)
        self._taken: Counter[Hashable] = Counter()
        self._waiting: dict[Lane, dict[int, None]] = {}
        self._remembered: set[int] = set()
        self._lock = Lock()

    def enter(self, delivery_id: int, lane: Lane) -> bool:
        """Take a place, or be remembered for when there is one."""
        with self._lock:
            if self._is_full(lane):
                self._remember(delivery_id, lane)
                return False
            self._taken.update(_keys(lane))
            self._forget(delivery_id, lane)
            return True

    def leave(self, lane: Lane) -> list[int]:
        """Give the place back; return who may try now. Lanes that wait take turns."""
        with self._lock:
            self._taken.subtract(_keys(lane))
            self._taken += Counter()
            following = next((each for each in self._waiting if not self._is_full(each)), None)
            if following is None:
                return []
            self._waiting[following] = waiting = self._waiting.pop(following)
            delivery_id = next(iter(waiting))
            self._forget(delivery_id, following)
            return [delivery_id]

    def remembers(self, delivery_id: int) -> bool:
        """Tell whether this will be woken without anybody's help, when there is a place."""
        with self._lock:
            return delivery_id in self._remembered

    def _is_full(self, lane: Lane) -> bool:
        return any(
            self._taken[key] >= most for key, most in zip(_keys(lane), self._most, strict=True)
        )

    def _remember(self, delivery_id: int, lane: Lane) -> None:
        waiting = self._waiting.get(lane, {})
        enough = (
            len(waiting) >= _MOST_REMEMBERED_OF_LANE or len(self._remembered) >= _MOST_REMEMBERED
        )
        if delivery_id not in waiting and not enough:
            self._waiting.setdefault(lane, waiting)[delivery_id] = None
            self._remembered.add(delivery_id)

    def _forget(self, delivery_id: int, lane: Lane) -> None:
        waiting = self._waiting.get(lane, {})
        if delivery_id in waiting:
            del waiting[delivery_id]
            self._remembered.remove(delivery_id)
            if not waiting:
                del self._waiting[lane]


def _keys(lane: Lane) -> Iterator[Hashable]:
    yield lane.kind
    yield ("organization", lane.kind, lane.organization_id)
    yield ("host", lane.kind, lane.host)
    yield lane
