"""Runs thousands of probes at once on one thread; one that hangs costs one slot and nothing else."""

import resource
import ssl
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from threading import Lock, Thread
from time import monotonic

import certifi
import pycurl
import structlog

from probes.base import Deliver, ProbeResult, Target, Timings
from probes.exchange import Response, Trouble
from probes.lookup_trouble import late_lookup_trouble, lookup_trouble
from probes.pump import Pump
from probes.resolver import CANARY, Answer, Finding, Lookup, Resolver, system_lookup
from probes.running import Running, internal, stalled
from probes.transfer import Transfer
from probes.trouble import blocked, ours, too_late
from security.egress import Policy

log = structlog.get_logger(__name__)

_IDLE_SECONDS = 0.5
_LOOKUP_ROUND_SECONDS = 0.1
_ADMIT_AT_ONCE = 256
_SPARE_DESCRIPTORS = 256


class EngineStoppedError(RuntimeError):
    """A check was submitted to an engine that takes no more."""


class Engine:
    """Runs what is submitted and calls `deliver` on its own thread, once for each.

    At most `capacity` checks run; more wait for their turn, and their time starts with it.
    """

    def __init__(
        self,
        capacity: int,
        policy: Policy,
        deliver: Deliver,
        *,
        lookup: Lookup = system_lookup,
        cafile: str | None = None,
    ) -> None:
        self._capacity = capacity
        self._policy = policy
        self._deliver = deliver
        self._cafile = cafile or trusted_authorities()
        self._pump = Pump()
        self._resolver = Resolver(self._pump.wake, lookup)
        self._submitted: deque[tuple[object, Target]] = deque()
        self._running: set[Running] = set()
        self._transfers: dict[pycurl.Curl, tuple[Running, Transfer]] = {}
        self._lookups: dict[str, list[Running]] = {}
        self._free: list[Transfer] = []
        self._next_lookup_round = 0.0
        self._stop_at: float | None = None
        self._closed = False
        self._lock = Lock()
        self._thread = Thread(target=self._run, name="probe-engine", daemon=True)

    @property
    def in_flight(self) -> int:
        """Count what was submitted and is not delivered yet."""
        return len(self._submitted) + len(self._running)

    @property
    def lost_seconds(self) -> float:
        """Count how long this engine was stopped or starved in all, as far as it noticed."""
        return self._pump.lost_seconds

    def start(self) -> None:
        _make_room_for(self._capacity)
        self._thread.start()

    def submit(self, key: object, target: Target) -> None:
        """Take a check, from any thread; raises `EngineStoppedError` after `stop`."""
        with self._lock:
            if self._closed:
                raise EngineStoppedError
            self._submitted.append((key, target))
            self._pump.wake()

    def stop(self, drain_seconds: float) -> None:
        """Let what runs end within this time; the rest is delivered as unknown."""
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
                # The top of the loop: what fails here must not end the checks to come.
                log.exception("probe_engine_round_failed")
                self._start_afresh()
        with self._lock:
            self._closed = True
        self._abandon("The check was broken off: this worker stops.")
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
        for curl, code in self._pump.finished():
            self._transferred(*self._transfers.pop(curl), code)
        if self._lookups and monotonic() >= self._next_lookup_round:
            self._next_lookup_round = monotonic() + _LOOKUP_ROUND_SECONDS
            self._give_up_late_lookups()

    def _patience(self) -> float:
        if self._submitted and len(self._running) < self._capacity:
            return 0
        if self._lookups:
            return _LOOKUP_ROUND_SECONDS
        if self._stop_at is not None:
            return max(0.0, min(_IDLE_SECONDS, self._stop_at - monotonic()))
        return _IDLE_SECONDS

    def _admit(self) -> None:
        room = min(self._capacity - len(self._running), _ADMIT_AT_ONCE)
        while room > 0 and self._submitted:
            room -= 1
            self._begin(*self._submitted.popleft())

    def _begin(self, key: object, target: Target, *, is_retry: bool = False) -> None:
        try:
            running = Running.begin(
                key, target, lost_before=self._pump.lost_seconds, is_retry=is_retry
            )
        except Exception:
            # Whatever a kind of probe does wrong is ours, and only this check's.
            log.exception("probe_failed_to_start", kind=target.kind)
            self._hand_over(key, internal("The check could not be started."))
            return
        self._running.add(running)
        self._send(running)

    def _send(self, running: Running) -> None:
        """Carry out the request that the probe made last."""
        url = running.request.url
        if running.seconds_left <= 0:
            trouble = too_late(running.target.timeout_seconds, connected=True)
            self._answer(running, Response(trouble=trouble))
        elif url.literal:
            self._connect(running, (url.literal,))
        else:
            running.asked_at = monotonic()
            self._lookups.setdefault(url.host, []).append(running)
            self._resolver.ask(url.host)

    def _resolved(self, answer: Answer) -> None:
        for running in self._lookups.pop(answer.host, ()):
            running.dns = round((monotonic() - running.asked_at) * 1e6)
            if answer.finding is Finding.FOUND:
                self._connect(running, answer.addresses)
            else:
                self._fail(running, lookup_trouble(answer.finding, answer.host))

    def _give_up_late_lookups(self) -> None:
        for host, waiting in tuple(self._lookups.items()):
            for running in tuple(waiting):
                timeout = running.target.timeout_seconds
                works = self._resolver.heard_at > running.asked_at
                if running.seconds_left < timeout / 2 and not works:
                    # Its answer, or silence, will tell whether the name or our resolver hangs.
                    self._resolver.ask(CANARY)
                if running.seconds_left <= 0:
                    waiting.remove(running)
                    self._fail(running, late_lookup_trouble(host, timeout, resolver_works=works))
            if not waiting:
                del self._lookups[host]

    def _connect(self, running: Running, addresses: Iterable[str]) -> None:
        port = running.request.url.port
        permitted = tuple(each for each in addresses if self._policy.permits(each, port))
        if not permitted:
            self._fail(running, blocked())
            return
        transfer = self._free.pop() if self._free else Transfer(self._policy, self._cafile)
        try:
            transfer.prepare(running.request, permitted, running.seconds_left)
            self._pump.add(transfer.curl)
        except (pycurl.error, UnicodeError):
            log.exception("transfer_failed_to_start")
            self._fail(running, ours("The request could not be sent."))
            return
        self._transfers[transfer.curl] = running, transfer

    def _transferred(self, running: Running, transfer: Transfer, code: int) -> None:
        response = transfer.response(
            code, timeout_seconds=running.target.timeout_seconds, dns=running.dns
        )
        running.dns = 0
        self._free.append(transfer)
        self._answer(running, response)

    def _fail(self, running: Running, trouble: Trouble) -> None:
        timings = Timings(dns=running.dns, total=running.dns)
        running.dns = 0
        self._answer(running, Response(trouble=trouble, timings=timings))

    def _answer(self, running: Running, response: Response) -> None:
        """Give the probe what it waits for: it makes another request, or comes to a verdict."""
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
        if not running.is_doubtful(result, self._pump.lost_seconds):
            self._hand_over(running.key, result)
        elif running.is_retry:
            self._hand_over(running.key, stalled())
        else:
            self._begin(running.key, running.target, is_retry=True)

    def _hand_over(self, key: object, result: ProbeResult) -> None:
        try:
            self._deliver(key, result)
        except Exception:
            # The receiver's bug must not take the other checks with it.
            log.exception("result_not_taken")

    def _start_afresh(self) -> None:
        self._abandon("The check failed inside this worker.")
        with suppress(pycurl.error):
            self._pump.restart()

    def _abandon(self, why: str) -> None:
        """Deliver everything that is under way, or waits while this engine ends, as unknown."""
        for curl in self._transfers:
            with suppress(pycurl.error):
                self._pump.remove(curl)
        keys = [running.key for running in self._running]
        if self._closed:
            keys += [key for key, _ in self._submitted]
            self._submitted.clear()
        self._running.clear()
        self._transfers.clear()
        self._lookups.clear()
        for key in keys:
            self._hand_over(key, internal(why))


def trusted_authorities() -> str:
    """Return the file of those whose certificates count: the system's, or the bundled one.

    The system's file is named by `SSL_CERT_FILE`, as for everything else that uses OpenSSL.
    """
    return ssl.get_default_verify_paths().cafile or certifi.where()


def _make_room_for(capacity: int) -> None:
    """Raise the soft limit of open files: a check has up to two sockets while it connects."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * capacity + _SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
