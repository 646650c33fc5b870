"""Runs the kinds that libcurl does not serve: coroutines on a thread of their own.

The probe engine admits them like all other checks and delivers their results; see `engine.py`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from math import inf
from threading import Thread
from typing import NamedTuple

import structlog

from domain.evaluation.outcome import Cause, Outcome
from probes.async_probe import Failed, result_of, with_latency
from probes.auth.shaping import tls_credentials_of
from probes.base import ProbeResult, Target, Timings
from probes.boottime import boottime
from probes.curl.connection_info import expiry_of
from probes.engine.fair_queue import NOT_BEGUN
from probes.engine.running import internal, may_be_late, may_be_ours, stalled
from probes.failures import down, too_late
from probes.masking import secrets_of, without_in_sentence
from probes.network.address_limits import AddressLimitError, AddressLimits
from probes.network.async_resolver import Names
from probes.network.network import AsyncProbe, Network
from probes.network.phases import Clock
from probes.network.resolver import Lookup
from probes.network.socket_failures import talking_failure
from probes.network.tape import Tape
from probes.network.tls_contexts import Contexts
from security.egress.guard import EgressPolicy

Done = Callable[[int, ProbeResult, float, float], None]

log = structlog.get_logger(__name__)

_BEAT_SECONDS = 0.1
_NORMAL_SECONDS = 0.25
_JOIN_SECONDS = 5.0


class Deadlines(NamedTuple):
    """The last moments at which a check begins, and begins again after it was held up.

    In seconds of `boottime`.
    """

    start_before: float = inf
    retry_before: float = inf


NO_DEADLINES = Deadlines()


class AsyncEngine:
    """Runs until `stop`.

    Public methods are for other threads; it calls `done` on its own thread.
    """

    def __init__(
        self,
        policy: EgressPolicy,
        lookup: Lookup,
        cafile: str,
        done: Done,
        *,
        per_address: int | None = None,
    ) -> None:
        self._policy = policy
        self._done = done
        self._contexts = Contexts(cafile)
        self._loop = asyncio.new_event_loop()
        self._names = Names(self._loop, lookup)
        self._connection_limits = AddressLimits(per_address)
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_beat = 0.0
        self._lost_seconds = 0.0
        self._thread = Thread(target=self._run, name="async-engine", daemon=True)
        self._thread.start()

    def begin(
        self,
        ticket: int,
        target: Target,
        probe_async: AsyncProbe,
        within: Deadlines = NO_DEADLINES,
    ) -> None:
        """Start a check now; `done` is called once with its result, unless this engine stops.

        It also receives when the check began, in seconds of `boottime`, and the seconds that this
        thread lost during it.
        """
        self._loop.call_soon_threadsafe(self._begin, ticket, target, probe_async, within)

    def stop(self) -> None:
        """Abort everything."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_JOIN_SECONDS)

    # --- all below runs on the engine's thread

    def _run(self) -> None:
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._break_off())
        finally:
            self._names.close()
            self._loop.close()

    async def _break_off(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(
        self, ticket: int, target: Target, probe_async: AsyncProbe, within: Deadlines
    ) -> None:
        if not self._tasks:
            self._last_beat = boottime()
            self._loop.call_later(_BEAT_SECONDS, self._keep_beating)
        task = self._loop.create_task(self._check(ticket, target, probe_async, within))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _keep_beating(self) -> None:
        self._beat()
        if self._tasks:
            self._loop.call_later(_BEAT_SECONDS, self._keep_beating)

    def _beat(self) -> float:
        """Return the total noticed time in which this thread was stopped or starved."""
        now = boottime()
        gap = now - self._last_beat - _BEAT_SECONDS
        if gap > _NORMAL_SECONDS:
            self._lost_seconds += gap
        self._last_beat = now
        return self._lost_seconds

    async def _check(
        self, ticket: int, target: Target, probe_async: AsyncProbe, within: Deadlines
    ) -> None:
        result, began, lost = stalled(), boottime(), 0.0
        start_before = within.start_before
        for latest in (start_before, min(start_before, within.retry_before)):
            if boottime() > latest:
                break
            lost_before = self._beat()
            found, began = await self._where_there_is_room(target, probe_async, start_before)
            if found is NOT_BEGUN:
                result = found
                break
            lost = self._beat() - lost_before
            if may_be_late(began, lost, start_before):
                break
            if not may_be_ours(found, target, lost):
                result = found
                break
        self._done(ticket, result, began, lost)

    async def _where_there_is_room(
        self, target: Target, probe_async: AsyncProbe, start_before: float
    ) -> tuple[ProbeResult, float]:
        """Probe once; if an address is at its limit, wait for a place and begin anew."""
        places: tuple[str, ...] = ()
        while True:
            began = boottime()
            try:
                return await self._once(target, probe_async, places), began
            except AddressLimitError as error:
                places = error.addresses
            if not await self._connection_limits.wait(places, start_before - boottime()):
                return NOT_BEGUN, began

    async def _once(
        self, target: Target, probe_async: AsyncProbe, places: tuple[str, ...]
    ) -> ProbeResult:
        tape = Tape() if target.note_steps else None
        clock = Clock(target.timeout_seconds, tape)
        network = Network(
            policy=self._policy,
            names=self._names,
            contexts=self._contexts,
            timeout_seconds=target.timeout_seconds,
            clock=clock,
            connection_limits=self._connection_limits,
            places=places,
        )
        try:
            result = _noting(await _in_time(target, network, probe_async), target, network)
        except AddressLimitError:
            raise
        except Exception:
            log.exception("async_probe_failed", kind=target.kind)
            result = internal("The answer could not be judged.")
        finally:
            network.close()
        if result.timings == Timings():
            result = replace(result, timings=clock.timings())
        if result.detail and target.credentials:
            result = replace(
                result, detail=without_in_sentence(result.detail, secrets_of(target.credentials))
            )
        if tape:
            result = replace(result, steps=tape.steps(result.detail if _is_bad(result) else ""))
        return with_latency(replace(result, address=network.address), target)


async def _in_time(target: Target, network: Network, probe_async: AsyncProbe) -> ProbeResult:
    deadline = asyncio.timeout(target.timeout_seconds)
    try:
        async with deadline:
            network.tls_credentials = tls_credentials_of(target)
            return await probe_async(target, network)
    except Failed as failure:
        return result_of(failure.failure)
    except OSError as error:
        if deadline.expired():
            if other := network.instead():
                return result_of(down(Cause.TIMEOUT, other))
            connected = network.clock.connected
            return result_of(too_late(target.timeout_seconds, connected=connected))
        return result_of(talking_failure(error, network.port))


def _is_bad(result: ProbeResult) -> bool:
    return result.outcome in {Outcome.DOWN, Outcome.UNKNOWN}


def _noting(result: ProbeResult, target: Target, network: Network) -> ProbeResult:
    if not (target.note_expiry and network.certificate):
        return result
    return replace(result, expiry=expiry_of(network.certificate))
