"""Lanes: no channel, no organization and no kind of channel takes all threads of a relay worker.

A provider that hangs holds a thread for as long as a notifier may take. What finds its lane full is
remembered here and woken when a place is free; if this process dies, the sweep wakes it.
"""

from collections import Counter
from collections.abc import Hashable, Iterator
from threading import Lock

Channel = tuple[int, str, str]
"""The organization, the kind and the address that a delivery goes to."""

_MOST_REMEMBERED = 10_000


class Lanes:
    """The places of one process: `per_kind` of them at most, and fewer for one organization."""

    def __init__(self, *, per_kind: int, per_organization: int, per_channel: int) -> None:
        self._most = (per_kind, per_organization, per_channel)
        self._taken: Counter[Hashable] = Counter()
        self._waiting: dict[int, Channel] = {}
        self._lock = Lock()

    def enter(self, delivery_id: int, channel: Channel) -> bool:
        """Take a place, or be remembered for when there is one."""
        with self._lock:
            if self._is_full(channel):
                if len(self._waiting) < _MOST_REMEMBERED:
                    self._waiting[delivery_id] = channel
                return False
            self._taken.update(_keys(channel))
            self._waiting.pop(delivery_id, None)
            return True

    def leave(self, channel: Channel) -> list[int]:
        """Give the place back; return who may try now."""
        with self._lock:
            self._taken.subtract(_keys(channel))
            self._taken += Counter()
            following = next(
                (each for each, where in self._waiting.items() if not self._is_full(where)), None
            )
            if following is None:
                return []
            del self._waiting[following]
            return [following]

    def _is_full(self, channel: Channel) -> bool:
        return any(
            self._taken[key] >= most for key, most in zip(_keys(channel), self._most, strict=True)
        )


def _keys(channel: Channel) -> Iterator[Hashable]:
    organization_id, kind, address = channel
    yield kind
    yield (organization_id, kind)
    yield (organization_id, kind, address)
