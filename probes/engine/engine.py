"""The probe engine: thousands of probes on one thread, where a hanging one costs only its place."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from math import inf
from threading import Thread
from time import monotonic

import pycurl
import structlog

from probes import registry
from probes.base import Deliver, ProbeResult, Target, Timings
from probes.boottime import boottime
from probes.curl.options import permits_way
from probes.curl.pump import Pump
from probes.curl.transfer import Transfer
from probes.engine.admission_queue import AdmissionQueue, EngineStoppedError
from probes.engine.async_checks import AsyncChecks
from probes.engine.fair_queue import NO_LIMITS, NOT_BEGUN, Limits, QueuedCheck
from probes.engine.process_limits import make_room_for, trusted_authorities
from probes.engine.running import Running, internal, may_be_late, may_be_ours, stalled
from probes.engine.side_tasks import SideTasks
from probes.engine.transfer_pool import Transfers
from probes.exchange import Request, Response
from probes.failures import Failure, blocked, ours, too_late
from probes.network.address_limits import MOST_ADDRESSES, at_address_limit
from probes.network.lookup_failures import late_lookup_failure, no_address_of, of_version, usable
from probes.network.resolver import CANARY, Lookup, Resolution, Resolver, system_lookup
from security.egress.guard import EgressPolicy

__all__ = ["Engine", "EngineStoppedError"]

log = structlog.get_logger(__name__)

_IDLE_SECONDS = 0.5
_LOOKUP_ROUND_SECONDS = 0.1

Overhear = Callable[[Request, Response], None]
"""Called with each exchange of a conversation, on the engine's thread; set before `start`."""

NoteBegin = Callable[[object, float, float], None]
"""Called before a result is delivered, with its key and the `boottime` when its probe began.

The last argument is the time in seconds that this process lost during the probe. The request may
have left by so much later.
"""


class Engine:
    """Runs the submitted checks and calls `deliver` on its own thread, once for each.

    At most `capacity` checks run. Others wait for admission, and their timeout starts with it.
    """

    def __init__(
        self,
        capacity: int,
        policy: EgressPolicy,
        deliver: Deliver,
        *,
        lookup: Lookup = system_lookup,
        cafile: str | None = None,
        limits: Limits = NO_LIMITS,
    ) -> None:
        self._capacity = capacity
        self._policy = policy
        self._deliver = deliver
        self._cafile = cafile or trusted_authorities()
        self._pump = Pump()
        self._resolver = Resolver(self._pump.wake, lookup)
        self._admission_queue = AdmissionQueue(capacity, limits, self._pump.wake)
        self.overhear: Overhear | None = None
        self.note_begin: NoteBegin | None = None
        self._running: set[Running] = set()
        self._transfers: dict[pycurl.Curl, tuple[Running, Transfer]] = {}
        self._lookups: dict[str, list[Running]] = {}
        self._async_checks = AsyncChecks[QueuedCheck](
            policy, lookup, self._cafile, self._pump.wake, per_address=limits.per_address
        )
        self._side_tasks = SideTasks(
            AsyncChecks[Running](policy, lookup, self._cafile, self._pump.wake)
        )
        self._free = Transfers(policy, self._cafile)
        self._next_lookup_round = 0.0
        self._stop_at: float | None = None
        self._thread = Thread(target=self._run, name="probe-engine", daemon=True)

    @property
    def in_flight(self) -> int:
        """The number of checks that were submitted and not delivered yet."""
        return len(self._admission_queue) + self._under_way

    @property
    def _under_way(self) -> int:
        return len(self._running) + len(self._async_checks)

    @property
    def lost_seconds(self) -> float:
        """The total time in which this engine was stopped or starved, as far as it noticed."""
        return self._pump.lost_seconds

    def start(self) -> None:
        make_room_for(self._capacity)
        self._async_checks.start()
        self._thread.start()

    def submit(
        self,
        key: object,
        target: Target,
        *,
        start_before: float = inf,
        retry_before: float = inf,
    ) -> None:
        """Take a check, from any thread.

        The result is `NOT_BEGUN` if the check was not admitted before this time, in seconds of
        `boottime`. It is unknown if this process was suspended or starved in between, because the
        request may have left too late, and no second attempt could begin before `retry_before`.
        """
        self._admission_queue.put(QueuedCheck(key, target, start_before, retry_before))

    def stop(self, drain_seconds: float) -> None:
        """Wait up to this time for running checks; the rest is delivered as unknown."""
        self._stop_at = monotonic() + drain_seconds
        self._pump.wake()
        if self._thread.is_alive():
            self._thread.join()

    # --- all below runs on the engine's thread

    def _run(self) -> None:
        while not self._is_over():
            try:
                self._round()
            except Exception:
                # The top of the loop: a failure here must not end later checks.
                log.exception("probe_engine_round_failed")
                self._abandon("The check failed within this worker.")
                with suppress(pycurl.error):
                    self._pump.restart()
        self._admission_queue.close()
        self._abandon("The check was interrupted, because this worker is stopping.")
        self._resolver.close()
        self._pump.close()

    def _is_over(self) -> bool:
        if self._stop_at is None:
            return False
        return not self.in_flight or monotonic() >= self._stop_at

    def _round(self) -> None:
        self._pump.wait(self._patience())
        self._admit()
        for answer in self._resolver.answers():
            self._resolved(answer)
        for check, result, began, lost_seconds in self._async_checks.finished():
            check.began, check.lost_seconds = began, lost_seconds
            if result.address:
                self._admission_queue.queue.lead(check, [result.address])
            self._hand_over(check, result)
        for running, response in self._side_tasks.finished():
            self._answer(running, response)
        for curl, code in self._pump.finished():
            self._transferred(*self._transfers.pop(curl), code)
        if self._lookups and monotonic() >= self._next_lookup_round:
            self._next_lookup_round = monotonic() + _LOOKUP_ROUND_SECONDS
            self._give_up_late_lookups()

    def _patience(self) -> float:
        if self._admission_queue.any_ready and self._under_way < self._capacity:
            return 0
        if self._lookups:
            return _LOOKUP_ROUND_SECONDS
        if self._stop_at is not None:
            return max(0.0, min(_IDLE_SECONDS, self._stop_at - monotonic()))
        return _IDLE_SECONDS

    def _admit(self) -> None:
        for check in self._admission_queue.late():
            self._hand_over(check, NOT_BEGUN)
        for check in self._admission_queue.admitted(self._capacity - self._under_way):
            self._begin(check)

    def _begin(self, check: QueuedCheck, *, is_retry: bool = False) -> None:
        check.began = boottime()
        if check.began > check.start_before:
            self._hand_over(check, stalled() if is_retry else NOT_BEGUN)
            return
        kind = registry.KINDS.get(check.target.kind)
        if kind and kind.probe_async:
            self._async_checks.begin(
                check,
                check.target,
                kind.probe_async,
                start_before=check.start_before,
                retry_before=check.retry_before,
            )
            return
        try:
            running = Running.begin(check, lost_before=self._pump.lost_seconds, is_retry=is_retry)
        except StopIteration as verdict:
            # The probe returned its result without any request.
            self._hand_over(check, verdict.value)
            return
        except Exception:
            # An error in a kind of probe is internal, and affects this check only.
            log.exception("probe_failed_to_start", kind=check.target.kind)
            self._hand_over(check, internal("The check could not be started."))
            return
        self._running.add(running)
        self._send(running)

    def _send(self, running: Running) -> None:
        """Send the last request of the probe."""
        request = running.request
        near = request.near
        if running.seconds_left <= 0:
            failure = too_late(running.target.timeout_seconds, connected=True)
            self._answer(running, Response(failure=failure))
        elif request.side_task:
            self._side_tasks.begin(running, request.side_task)
        elif not permits_way(self._policy, request):
            self._fail(running, blocked())
        elif not near.literal:
            running.asked_at = monotonic()
            self._lookups.setdefault(near.host, []).append(running)
            self._resolver.ask(near.host)
        elif of_version((near.literal,), request.ip_version):
            self._connect(running, (near.literal,))
        else:
            self._fail(running, no_address_of(request.ip_version))

    def _resolved(self, answer: Resolution) -> None:
        for running in self._lookups.pop(answer.host, ()):
            running.dns = round((monotonic() - running.asked_at) * 1e6)
            found = usable(answer, running.request.ip_version)
            if isinstance(found, Failure):
                self._fail(running, found)
            else:
                self._connect(running, found)

    def _give_up_late_lookups(self) -> None:
        for host, waiting in tuple(self._lookups.items()):
            for running in tuple(waiting):
                timeout = running.target.timeout_seconds
                works = self._resolver.heard_at > running.asked_at
                if running.seconds_left < timeout / 2 and not works:
                    # The answer to the canary shows whether the name hangs, or our resolver.
                    self._resolver.ask(CANARY)
                if running.seconds_left <= 0:
                    waiting.remove(running)
                    self._fail(running, late_lookup_failure(host, timeout, resolver_works=works))
            if not waiting:
                del self._lookups[host]

    def _connect(self, running: Running, addresses: Iterable[str]) -> None:
        port = running.request.near.port
        allowed = (each for each in addresses if self._policy.permits(each, port))
        permitted = tuple(islice(allowed, MOST_ADDRESSES))
        if not permitted:
            self._fail(running, blocked())
            return
        if not self._admission_queue.queue.connects(running.check, permitted):
            self._give_way(running)
            return
        transfer = self._free.take(running)
        try:
            transfer.prepare(running.request, permitted, running.seconds_left)
            self._pump.add(transfer.curl)
        except (pycurl.error, UnicodeError):
            log.exception("transfer_failed_to_start")
            self._fail(running, ours("The request could not be sent."))
            return
        running.has_asked = True
        self._transfers[transfer.curl] = running, transfer

    def _give_way(self, running: Running) -> None:
        """Make a check without requests wait until there is room at its address."""
        if running.has_asked or running.is_retry:
            self._conclude(running, at_address_limit())
            return
        self._running.discard(running)
        running.close()
        self._admission_queue.queue.put_back(running.check)

    def _transferred(self, running: Running, transfer: Transfer, code: int) -> None:
        response = transfer.response(
            code, timeout_seconds=running.target.timeout_seconds, dns=running.dns
        )
        running.dns = 0
        self._free.give_back(transfer)
        self._answer(running, response)

    def _fail(self, running: Running, failure: Failure) -> None:
        timings = Timings(dns=running.dns, total=running.dns)
        running.dns = 0
        self._answer(running, Response(failure=failure, timings=timings))

    def _answer(self, running: Running, response: Response) -> None:
        """Pass the response to the probe, which makes another request or returns its result."""
        if self.overhear:
            self.overhear(running.request, response)
        try:
            running.request = running.conversation.send(response)
        except StopIteration as verdict:
            self._conclude(running, verdict.value)
        except Exception:
            log.exception("probe_failed", kind=running.target.kind)
            self._conclude(running, internal("The answer could not be judged."))
        else:
            self._send(running)

    def _conclude(self, running: Running, result: ProbeResult) -> None:
        self._running.discard(running)
        running.close()
        check, lost = running.check, running.lost_seconds(self._pump.lost_seconds)
        check.lost_seconds = lost
        if may_be_late(check.began, lost, check.start_before):
            self._hand_over(check, stalled())
        elif not may_be_ours(result, running.target, lost):
            self._hand_over(check, result)
        elif running.is_retry or boottime() > check.retry_before:
            self._hand_over(check, stalled())
        else:
            self._begin(check, is_retry=True)

    def _hand_over(self, check: QueuedCheck, result: ProbeResult) -> None:
        self._admission_queue.queue.done(check, result)
        try:
            if self.note_begin:
                self.note_begin(check.key, check.began, check.lost_seconds)
            self._deliver(check.key, result)
        except Exception:
            # An error of the receiver must not affect the other checks.
            log.exception("result_not_taken")

    def _abandon(self, why: str) -> None:
        """Deliver everything as unknown that is running, or waiting while this engine ends."""
        for curl in self._transfers:
            with suppress(pycurl.error):
                self._pump.remove(curl)
        self._side_tasks.stop()
        for running in self._running:
            running.close()
        queue = [running.check for running in self._running]
        if self._admission_queue.is_closed:
            queue += [*self._admission_queue.clear(), *self._async_checks.stop()]
        self._running.clear()
        self._transfers.clear()
        self._lookups.clear()
        for check in queue:
            self._hand_over(check, internal(why))
