"""The fair queue of checks: no host, organization or hanging target takes the share of others.

A check counts in several bulkheads: that of its host, that of its organization, and those of the
addresses that its host had last. If the last check of the host timed out, it also counts in that of
slow hosts. If the host now has other addresses, that is known only after the probe has begun. It
continues if the bulkheads of these addresses have room; otherwise it returns to the queue.

Each bulkhead has a limit. Checks wait in a queue per organization and host. A queue with a full
bulkhead is parked until a place in it becomes free, so its wait delays no other queue. Of the other
queues, the one with the oldest check is served first.
"""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count
from math import inf
from urllib.parse import urlsplit

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult, Target

NOT_BEGUN = ProbeResult(
    outcome=Outcome.UNKNOWN,
    cause=Cause.NO_RESULT,
    detail="The check waited too long for its turn.",
)
"""The result of a check that was not admitted in time; compare it by identity."""

_SLOW = ("slow", "")
_REMEMBERED_HOSTS = 200_000

Bulkhead = tuple[str, str | int]
Queue = tuple[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many checks of one host or address may run, and the shares of the capacity.

    `organization_share` bounds one organization, `slow_share` all slow hosts together.
    """

    per_host: int | None = None
    per_address: int | None = None
    organization_share: float = 1.0
    slow_share: float = 1.0


NO_LIMITS = Limits()


@dataclass(slots=True, eq=False)
class QueuedCheck:
    """A submitted check; `bulkheads` are those in which it has a place.

    `began` is when its probe began, `start_before` when it may begin at the latest, and
    `retry_before` when it may begin again after it was held up, all in seconds of `boottime`.
    `lost_seconds` is the time that the engine lost during the probe.
    """

    key: object
    target: Target
    start_before: float = inf
    retry_before: float = inf
    bulkheads: tuple[Bulkhead, ...] = ()
    number: int = 0
    began: float = 0.0
    lost_seconds: float = 0.0


class FairQueue:
    """For one thread only."""

    def __init__(self, capacity: int, limits: Limits) -> None:
        self._most: dict[str, int] = {
            "host": limits.per_host or capacity,
            "address": limits.per_address or capacity,
            "organization": max(1, int(capacity * limits.organization_share)),
            "slow": max(1, int(capacity * limits.slow_share)),
        }
        self._queues: dict[Queue, deque[QueuedCheck]] = {}
        self._ready: list[tuple[int, Queue]] = []
        self._arrivals = count()
        self._parked: dict[Bulkhead, deque[Queue]] = {}
        self._busy: Counter[Bulkhead] = Counter()
        self._slow: set[str] = set()
        self._addresses: dict[str, tuple[Bulkhead, ...]] = {}
        self._waiting = 0

    def __len__(self) -> int:
        """Return the number of waiting checks."""
        return self._waiting

    @property
    def any_ready(self) -> bool:
        return bool(self._ready)

    def add(self, check: QueuedCheck) -> None:
        name = check.target.organization, host_of(check.target.url)
        check.number = next(self._arrivals)
        self._waiting += 1
        if name in self._queues:
            self._queues[name].append(check)
        else:
            self._queues[name] = deque([check])
            self._make_ready(name)

    def take(self) -> QueuedCheck | None:
        """Return the oldest check that may begin now, or None."""
        while self._ready:
            _, name = heappop(self._ready)
            waiting = self._queues[name]
            bulkheads = self._bulkheads(name)
            full = next((bulkhead for bulkhead in bulkheads if not self._has_room(bulkhead)), None)
            check = None
            if not waiting:
                del self._queues[name]
            elif full is not None:
                self._parked.setdefault(full, deque()).append(name)
            else:
                check = self._begin(name, bulkheads)
            # The place for which this queue was called may still be free, so call the next one.
            self._call(*bulkheads, _SLOW)
            if check:
                return check
        return None

    def _begin(self, name: Queue, bulkheads: tuple[Bulkhead, ...]) -> QueuedCheck:
        waiting = self._queues[name]
        check = waiting.popleft()
        check.bulkheads = bulkheads
        for bulkhead in bulkheads:
            self._busy[bulkhead] += 1
        self._waiting -= 1
        if waiting:
            self._make_ready(name)
        else:
            del self._queues[name]
        return check

    def done(self, check: QueuedCheck, result: ProbeResult) -> None:
        """Give back the places of a finished check."""
        self._remember(host_of(check.target.url), result)
        self._release(check)

    def _release(self, check: QueuedCheck) -> None:
        for bulkhead in check.bulkheads:
            self._busy[bulkhead] -= 1
            if not self._busy[bulkhead]:
                del self._busy[bulkhead]
        self._call(*check.bulkheads)
        check.bulkheads = ()

    def connects(self, check: QueuedCheck, addresses: Sequence[str]) -> bool:
        """Take places for a check in the bulkheads of its addresses, if all have room.

        Return whether they had.
        """
        new = [bulkhead for bulkhead in _bulkheads_of(addresses) if bulkhead not in check.bulkheads]
        if not new:
            return True
        self.lead(check, addresses)
        if not all(map(self._has_room, new)):
            return False
        for bulkhead in new:
            self._busy[bulkhead] += 1
        check.bulkheads = (*check.bulkheads, *new)
        return True

    def lead(self, check: QueuedCheck, addresses: Sequence[str]) -> None:
        """Remember the addresses of the host of a check, for later checks."""
        if len(self._addresses) >= _REMEMBERED_HOSTS:
            self._addresses.clear()
        self._addresses[host_of(check.target.url)] = _bulkheads_of(addresses)

    def put_back(self, check: QueuedCheck) -> None:
        """Return a check without requests to the queue, before all that arrived later."""
        name = check.target.organization, host_of(check.target.url)
        self._release(check)
        self._waiting += 1
        if name in self._queues:
            # Whether the queue is ready or parked, this check is the first in it.
            self._queues[name].appendleft(check)
        else:
            self._queues[name] = deque([check])
            self._make_ready(name)

    def expired(self, now: float) -> Iterator[QueuedCheck]:
        """Remove the checks that waited too long; each queue is in the order of arrival."""
        for waiting in self._queues.values():
            while waiting and waiting[0].start_before < now:
                self._waiting -= 1
                yield waiting.popleft()

    def clear(self) -> list[QueuedCheck]:
        """Remove all waiting checks."""
        waiting = [check for queue in self._queues.values() for check in queue]
        self._queues.clear()
        self._ready.clear()
        self._parked.clear()
        self._waiting = 0
        return waiting

    def _bulkheads(self, name: Queue) -> tuple[Bulkhead, ...]:
        organization, host = name
        bulkheads: tuple[Bulkhead, ...] = (
            ("host", host),
            ("organization", organization),
            *self._addresses.get(host, ()),
        )
        return (*bulkheads, _SLOW) if host in self._slow else bulkheads

    def _has_room(self, bulkhead: Bulkhead) -> bool:
        return self._busy[bulkhead] < self._most[bulkhead[0]]

    def _make_ready(self, name: Queue) -> None:
        waiting = self._queues[name]
        heappush(self._ready, (waiting[0].number if waiting else 0, name))

    def _call(self, *bulkheads: Bulkhead) -> None:
        """Make one parked queue ready for each bulkhead that has room."""
        if not self._parked:
            return
        for bulkhead in bulkheads:
            parked = self._parked.get(bulkhead)
            if parked and self._has_room(bulkhead):
                self._make_ready(parked.popleft())
                if not parked:
                    del self._parked[bulkhead]

    def _remember(self, host: str, result: ProbeResult) -> None:
        if result.cause is Cause.TIMEOUT:
            if len(self._slow) >= _REMEMBERED_HOSTS:
                self._slow.clear()
            self._slow.add(host)
        elif result.outcome is not Outcome.UNKNOWN:
            self._slow.discard(host)


def _bulkheads_of(addresses: Sequence[str]) -> tuple[Bulkhead, ...]:
    return tuple(("address", address) for address in addresses)


@lru_cache(maxsize=65_536)
def host_of(url: str) -> str:
    """Return the key of a host: its name with its port, whatever the kind."""
    return urlsplit(url).netloc or url
