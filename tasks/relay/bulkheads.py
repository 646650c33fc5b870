"""Bulkheads: no host, organization or kind of channel takes all threads of a relay worker.

A provider that hangs blocks a thread for as long as a notifier may take. A delivery whose bulkhead
is full is remembered here, and returned when a place is free. If that message is lost, the sweep
wakes it.
"""

from collections import Counter
from collections.abc import Hashable, Iterator
from threading import Lock

from services.relay.bulkheads import Bulkhead

_MOST_REMEMBERED = 10_000
_MOST_REMEMBERED_OF_BULKHEAD = 1000
_MOST_SLOW = 1000


class Bulkheads:
    """The threads of one process. Each kind of channel may use `per_kind` of them.

    Within a kind, one organization may use `per_part`, and so may one host. Both together, a
    bulkhead, may use `per_bulkhead`. All bulkheads whose last message was slow share half of the
    kind's threads.
    """

    def __init__(self, *, per_kind: int, per_part: int, per_bulkhead: int) -> None:
        self._most = (per_kind, per_part, per_part, per_bulkhead)
        self._most_of_slow = per_kind // 2
        self._taken: Counter[Hashable] = Counter()
        self._slow: dict[Bulkhead, None] = {}
        self._waiting: dict[Bulkhead, set[int]] = {}
        self._remembered: dict[int, Bulkhead] = {}
        self._lock = Lock()

    def enter(self, delivery_id: int, bulkhead: Bulkhead) -> bool:
        """Take a place and return True, or remember the delivery until there is one."""
        with self._lock:
            if self._is_full(bulkhead):
                self._remember(delivery_id, bulkhead)
                return False
            self._taken.update(_keys(bulkhead))
            self._forget(delivery_id)
            return True

    def leave(self, bulkhead: Bulkhead, *, slow: bool | None = False) -> list[int]:
        """Free a place; return the delivery that may try now, if any.

        Bulkheads are served in turn, and the oldest delivery of each first. `slow` is whether the
        host answered slowly, or None if it was not asked.
        """
        with self._lock:
            self._taken.subtract(_keys(bulkhead))
            self._taken += Counter()
            if slow is not None:
                self._note(bulkhead, slow=slow)
            following = next((each for each in self._waiting if not self._is_full(each)), None)
            if following is None:
                return []
            self._waiting[following] = waiting = self._waiting.pop(following)
            delivery_id = min(waiting)
            self._forget(delivery_id)
            return [delivery_id]

    def remembers(self, delivery_id: int) -> bool:
        """Return whether this delivery waits for a place, whose release will wake it."""
        with self._lock:
            bulkhead = self._remembered.get(delivery_id)
            return bulkhead is not None and self._is_full(bulkhead)

    def _note(self, bulkhead: Bulkhead, *, slow: bool) -> None:
        self._slow.pop(bulkhead, None)
        if slow:
            self._slow[bulkhead] = None
            if len(self._slow) > _MOST_SLOW:
                del self._slow[next(iter(self._slow))]

    def _is_full(self, bulkhead: Bulkhead) -> bool:
        if bulkhead in self._slow and self._taken_by_slow(bulkhead.kind) >= self._most_of_slow:
            return True
        return any(
            self._taken[key] >= most for key, most in zip(_keys(bulkhead), self._most, strict=True)
        )

    def _taken_by_slow(self, kind: str) -> int:
        return sum(
            count
            for each, count in self._taken.items()
            if isinstance(each, Bulkhead) and each.kind == kind and each in self._slow
        )

    def _remember(self, delivery_id: int, bulkhead: Bulkhead) -> None:
        waiting = self._waiting.get(bulkhead, set())
        enough = (
            len(waiting) >= _MOST_REMEMBERED_OF_BULKHEAD
            or len(self._remembered) >= _MOST_REMEMBERED
        )
        if not enough:
            self._waiting.setdefault(bulkhead, waiting).add(delivery_id)
            self._remembered[delivery_id] = bulkhead

    def _forget(self, delivery_id: int) -> None:
        bulkhead = self._remembered.pop(delivery_id, None)
        if bulkhead is not None:
            self._waiting[bulkhead].remove(delivery_id)
            if not self._waiting[bulkhead]:
                del self._waiting[bulkhead]


def _keys(bulkhead: Bulkhead) -> Iterator[Hashable]:
    yield bulkhead.kind
    yield ("organization", bulkhead.kind, bulkhead.organization_id)
    yield ("host", bulkhead.kind, bulkhead.host)
    yield bulkhead
