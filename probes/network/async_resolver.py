"""The name resolver, with its threads, for the coroutines of asynchronous probes."""

import asyncio
from time import monotonic

from probes.async_probe import Failed, IpVersion
from probes.failures import Failure
from probes.network.lookup_failures import late_lookup_failure, usable
from probes.network.phases import Clock
from probes.network.resolver import CANARY, Lookup, Resolution, Resolver

_JUDGED_BEFORE_SECONDS = 0.02
"""So that a lookup that takes all the time is judged here, before the deadline."""


class Names:
    """For the thread of its event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, lookup: Lookup) -> None:
        self._loop = loop
        self._resolver = Resolver(self._wake, lookup)
        self._waiting: dict[str, asyncio.Future[Resolution]] = {}

    async def find(
        self, host: str, ip_version: IpVersion, clock: Clock, timeout_seconds: float
    ) -> tuple[str, ...]:
        """Return the addresses of a name that have a route, or raise `Failed`."""
        asked_at = monotonic()
        with clock.phase("dns"):
            future = self._ask(host)
            if not future.done():
                await asyncio.wait({future}, timeout=clock.seconds_left / 2)
            if not future.done():
                # The answer to the canary shows whether the name hangs, or our resolver.
                self._ask(CANARY)
                left = clock.seconds_left - _JUDGED_BEFORE_SECONDS
                await asyncio.wait({future}, timeout=max(0.0, left))
            clock.note_sent(host.encode())
            if future.done():
                clock.note_received(", ".join(future.result().addresses).encode())
        if not future.done():
            works = self._resolver.heard_at > asked_at
            raise Failed(late_lookup_failure(host, timeout_seconds, resolver_works=works))
        found = usable(future.result(), ip_version)
        if isinstance(found, Failure):
            raise Failed(found)
        return found

    def close(self) -> None:
        self._resolver.close()

    def _ask(self, host: str) -> "asyncio.Future[Resolution]":
        if host not in self._waiting:
            self._waiting[host] = self._loop.create_future()
            self._resolver.ask(host)
        return self._waiting[host]

    def _wake(self) -> None:
        """Notify the loop from a thread of the resolver; the loop may have ended."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take_answers)

    def _take_answers(self) -> None:
        for answer in self._resolver.answers():
            future = self._waiting.pop(answer.host, None)
            if future is not None:
                future.set_result(answer)
