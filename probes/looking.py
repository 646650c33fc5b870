"""The checks of the probe engine that run as looks: who waits for which, and what has been found."""

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

from probes.base import ProbeResult, Target
from probes.look_engine import LookEngine
from probes.network import Look
from probes.resolver import Lookup
from security.egress import Policy


class Looking:
    """All of it is for the engine's thread, which `wake` tells that something is finished."""

    def __init__(
        self, policy: Policy, lookup: Lookup, cafile: str, wake: Callable[[], None]
    ) -> None:
        self._make = partial(LookEngine, policy, lookup, cafile, self._done)
        self._engine: LookEngine | None = None
        self._wake = wake
        self._tickets = count()
        self._keys: dict[int, object] = {}
        self._found: deque[tuple[int, ProbeResult]] = deque()

    def __len__(self) -> int:
        return len(self._keys)

    def start(self) -> None:
        self._engine = self._make()

    def begin(self, key: object, target: Target, look: Look) -> None:
        if self._engine is None:
            raise RuntimeError("Looks begin after `start`.")
        ticket = next(self._tickets)
        self._keys[ticket] = key
        self._engine.begin(ticket, target, look)

    def finished(self) -> Iterator[tuple[object, ProbeResult]]:
        """Give what was found since the last time."""
        while self._found:
            ticket, result = self._found.popleft()
            yield self._keys.pop(ticket), result

    def stop(self) -> list[object]:
        """Break everything off, and return the keys that nothing was found for."""
        if self._engine:
            self._engine.stop()
        keys = list(self._keys.values())
        self._keys.clear()
        self._found.clear()
        return keys

    def _done(self, ticket: int, result: ProbeResult) -> None:
        """Take a result, on the thread of the looks."""
        self._found.append((ticket, result))
        self._wake()
