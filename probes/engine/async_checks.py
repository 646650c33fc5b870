"""The asynchronous checks of the probe engine: their keys and their results."""

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from math import inf
from typing import Generic, TypeVar

from probes.base import ProbeResult, Target
from probes.engine.async_engine import AsyncEngine, Deadlines
from probes.network.network import AsyncProbe
from probes.network.resolver import Lookup
from security.egress.guard import EgressPolicy

Key = TypeVar("Key")


class AsyncChecks(Generic[Key]):
    """For the engine's thread. `wake` is called when a check finishes."""

    def __init__(
        self,
        policy: EgressPolicy,
        lookup: Lookup,
        cafile: str,
        wake: Callable[[], None],
        *,
        per_address: int | None = None,
    ) -> None:
        self._make = partial(
            AsyncEngine, policy, lookup, cafile, self._done, per_address=per_address
        )
        self._engine: AsyncEngine | None = None
        self._wake = wake
        self._tickets = count()
        self._keys: dict[int, Key] = {}
        self._found: deque[tuple[int, ProbeResult, float, float]] = deque()

    def __len__(self) -> int:
        return len(self._keys)

    def start(self) -> None:
        self._engine = self._make()

    def begin(
        self,
        key: Key,
        target: Target,
        probe_async: AsyncProbe,
        *,
        start_before: float = inf,
        retry_before: float = inf,
    ) -> None:
        """Start a check, unless it cannot begin in time, as `AsyncEngine.begin` says."""
        if self._engine is None:
            raise RuntimeError("Probes begin after `start`.")
        ticket = next(self._tickets)
        self._keys[ticket] = key
        self._engine.begin(ticket, target, probe_async, Deadlines(start_before, retry_before))

    def finished(self) -> Iterator[tuple[Key, ProbeResult, float, float]]:
        """Yield the results since the last call, as `AsyncEngine.begin` reports them."""
        while self._found:
            ticket, result, began, lost_seconds = self._found.popleft()
            yield self._keys.pop(ticket), result, began, lost_seconds

    def stop(self) -> list[Key]:
        """Abort everything, and return the keys without a result."""
        if self._engine:
            self._engine.stop()
        keys = list(self._keys.values())
        self._keys.clear()
        self._found.clear()
        return keys

    def _done(self, ticket: int, result: ProbeResult, began: float, lost_seconds: float) -> None:
        """Take a result, on the thread of the asynchronous engine."""
        self._found.append((ticket, result, began, lost_seconds))
        self._wake()
