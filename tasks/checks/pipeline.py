"""The path of a check through a worker: three threads that never wait for each other.

    submit ─► loader ─► probe engine ─► recorder ─► stored
              (database:   (network)      (database: one transaction
               targets)                    per ≤ 100 ms or 200 results)

A message is acknowledged only after the transaction with its result. The prefetch count of the
consumer limits the checks in flight, so no queue here needs its own limit.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from domain.evaluation.outcome import Outcome
from domain.evaluation.slots import is_extra_wanted, phase_of, retry_age, tolerance
from models.session import session_scope
from probes.base import ProbeResult
from probes.engine.engine import Engine
from probes.engine.fair_queue import NO_LIMITS, NOT_BEGUN, Limits
from probes.engine.own_network import OwnNetwork
from security.egress.guard import EgressPolicy
from security.vault import KeyRing
from services.after_commit import hints
from services.after_commit.hints import Hints
from services.checks import record as check_record
from services.credentials import targets
from services.credentials.targets import MonitorTarget
from services.credentials.unsealed import OpenCredentials
from services.evaluation.results import Observed
from services.outbox import wakes
from services.schedules import rechecks, regions
from services.schedules.rechecks import Wanted
from tasks.checks.certificate_check_throttle import CertificateCheckThrottle
from tasks.checks.streaming import Request, Stored
from tasks.worker.clock import DatabaseClock
from tasks.worker.retry import until_committed

FLUSH_SECONDS = 0.1
_ROUND_SECONDS = 0.05
FLUSH_RESULTS = 200
_CACHED_TARGETS = 200_000
_STOP_SECONDS = 5.0
_REGISTERED_EVERY = 30.0

T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker: its region, its egress policy, and the references that prove its network works."""

    policy: EgressPolicy
    region: str = "default"
    references: Sequence[str] = ()


@dataclass(slots=True, eq=False)
class _Running:
    """A check under way.

    `began` is the earliest start of its probe, in unix seconds of the database, and `uncertainty`
    the seconds by which it may have started later.
    """

    request: Request
    target: MonitorTarget
    began: float = 0.0
    uncertainty: float = 0.0


@dataclass(frozen=True, slots=True)
class _Finished:
    running: _Running
    result: ProbeResult

    @property
    def lateness(self) -> float:
        """Seconds from the slot to the start of the probe, including the wait in the queue."""
        return max(0.0, self.running.began - self.request.slot)

    @property
    def request(self) -> Request:
        return self.running.request

    def with_result(self, result: ProbeResult) -> "_Finished":
        return self if result is self.result else replace(self, result=result)


@dataclass(frozen=True, slots=True)
class _Committed:
    """What follows the commit of some results."""

    deliveries: Sequence[int] = ()
    hints: Hints = field(default_factory=dict)


class Pipeline:
    """Runs checks until stopped; `stored` is called from its threads, after each commit."""

    def __init__(
        self,
        place: Worker,
        *,
        capacity: int,
        ring: KeyRing,
        stored: Callable[[Stored], None],
        limits: Limits = NO_LIMITS,
    ) -> None:
        self._stored = stored
        self._clock = DatabaseClock()
        self._region = place.region
        self._region_id = 0
        self._registered = -_REGISTERED_EVERY
        self._inbox: SimpleQueue[Request] = SimpleQueue()
        self._finished: SimpleQueue[_Finished] = SimpleQueue()
        self._targets: dict[int, MonitorTarget] = {}
        self._begun: dict[int, int] = {}
        self._credentials = OpenCredentials(ring)
        self._network = OwnNetwork(place.references)
        self._certificate_check_throttle = CertificateCheckThrottle()
        self._engine = Engine(
            capacity=capacity, policy=place.policy, deliver=self._deliver, limits=limits
        )
        self._engine.note_begin = self._note_begin
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._forever, args=(work,), name=work.__name__, daemon=True)
            for work in (self._load, self._record)
        ]

    def start(self) -> None:
        self._network.start()
        self._engine.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop without waiting for probes: other workers repeat their messages."""
        self._stopping.set()
        self._engine.stop(0)
        for thread in self._threads:
            thread.join(_STOP_SECONDS)
        self._network.stop()

    def submit(self, request: Request) -> None:
        self._inbox.put(request)

    def _forever(self, work: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                work()
            except Exception:
                # The top of a loop: an error in one round must not end all checks of this worker.
                log.exception("pipeline_round_failed", work=work.__name__)

    # --- loader

    def _load(self) -> None:
        """Take new messages, drop the late ones and submit the rest to the engine."""
        until_committed(self._register, give_up=self._stopping.is_set)
        requests = drain(self._inbox, FLUSH_RESULTS * 5)
        if not requests:
            return
        until_committed(self._clock.refresh, give_up=self._stopping.is_set)
        until_committed(lambda: self._know(requests), give_up=self._stopping.is_set)
        done: list[Request] = []
        late: list[_Running] = []
        for request in requests:
            target = self._targets.get(request.monitor_id)
            # A deleted monitor has no target, so its check is dropped. A message repeated after its
            # check began would only probe the site twice.
            if target is None or request.slot == self._begun.get(request.monitor_id):
                done.append(request)
            elif self._clock.now() > _latest(request, target):
                late.append(_Running(request, target))
            else:
                self._begin(request, target)
        if done:
            self._stored(Stored(_receipts(done)))
        self._refuse(late)

    def _register(self) -> None:
        """Record every 30 s that this region has a worker, and learn the id of the region."""
        moment = time.monotonic()
        if moment - self._registered < _REGISTERED_EVERY:
            return
        self._clock.refresh()
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        with session_scope() as session:
            self._region_id = regions.register(session, self._region, now=now)
        self._registered = moment

    def _know(self, requests: Sequence[Request]) -> None:
        """Load the targets that are not cached, or older than the version in their message."""
        if len(self._targets) > _CACHED_TARGETS:
            self._targets.clear()
            self._begun.clear()
        missing = {
            request.monitor_id
            for request in requests
            if (known := self._targets.get(request.monitor_id)) is None
            or known.version < request.version
        }
        if not missing:
            return
        with session_scope() as session:
            loaded = targets.load(session, missing, self._credentials)
        for monitor_id in missing - loaded.keys():
            self._targets.pop(monitor_id, None)
        self._targets.update(loaded)

    def _begin(self, request: Request, target: MonitorTarget) -> None:
        now = self._clock.now()
        wanted = target.target
        if self._certificate_check_throttle.comes(target.monitor_id, target.version, now):
            wanted = replace(wanted, note_expiry=True)
        self._begun[request.monitor_id] = request.slot
        start_before = self._clock.boottime_of(_latest(request, target))
        retry_before = self._clock.boottime_of(_latest_retry(request, target))
        self._engine.submit(
            _Running(request, target),
            wanted,
            start_before=start_before,
            retry_before=retry_before,
        )

    def _note_begin(self, key: object, began: float, lost_seconds: float) -> None:
        if isinstance(key, _Running):
            key.began = self._clock.at(began)
            key.uncertainty = self._clock.delay + lost_seconds

    def _deliver(self, key: object, result: ProbeResult) -> None:
        """Take a result from the engine, whose thread must not wait.

        A check that is cancelled because this worker stops has no result: its message comes again.
        """
        if isinstance(key, _Running) and not self._stopping.is_set():
            if result.outcome is Outcome.UNKNOWN:
                # Another attempt may still get a known result.
                self._begun.pop(key.request.monitor_id, None)
            now = self._clock.now()
            self._certificate_check_throttle.done(
                key.target.monitor_id, key.target.version, result, now
            )
            self._finished.put(_Finished(key, result))

    # --- recorder

    def _record(self) -> None:
        batch = drain(self._finished, FLUSH_RESULTS, gather_seconds=FLUSH_SECONDS)
        self._refuse([each.running for each in batch if each.result is NOT_BEGUN])
        begun = [each for each in batch if each.result is not NOT_BEGUN]
        if begun:
            accepted = self._network.judged([each.result for each in begun])
            pairs = zip(begun, accepted, strict=True)
            self._flush([each.with_result(result) for each, result in pairs])

    def _refuse(self, late: Sequence[_Running]) -> None:
        """Drop checks that are too late.

        Their slots are closed as unknown; some get an extra check.
        """
        if not late:
            return
        now = int(self._clock.now())
        wanted = [
            Wanted(
                monitor_id=each.target.monitor_id,
                region_id=self._region_id,
                organization_id=each.target.organization_id,
                due=now,
            )
            for each in late
            if is_extra_wanted(
                slot=each.request.slot,
                phase=phase_of(each.target.monitor_id, each.target.interval_seconds),
                interval=each.target.interval_seconds,
                now=now,
            )
        ]
        if wanted:
            until_committed(lambda: self._ask_extra(wanted), give_up=self._stopping.is_set)
        self._stored(Stored(_receipts(each.request for each in late), stale=len(late)))

    def _ask_extra(self, wanted: Sequence[Wanted]) -> None:
        with session_scope() as session:
            rechecks.ask_extra(session, wanted)

    def _flush(self, batch: Sequence[_Finished]) -> None:
        """Store a batch and report it; halve a batch that the database refuses.

        Halving isolates the bad result.
        """
        committed: _Committed | None = None
        try:
            committed = self._store([self._observed(each) for each in batch])
        except SQLAlchemyError:
            if len(batch) == 1:
                log.exception("result_refused", monitor_id=batch[0].request.monitor_id)
                committed = _Committed()
        if committed is None:
            # Outside of the `except`: otherwise the log would chain the errors of all halves.
            middle = len(batch) // 2
            self._flush(batch[:middle])
            self._flush(batch[middle:])
            return
        self._stored(
            Stored(
                receipts=_receipts(each.request for each in batch),
                outcomes=[each.result.outcome for each in batch],
                lateness=[each.lateness for each in batch],
                deliveries=committed.deliveries,
                hints=committed.hints,
            )
        )

    def _store(self, observed: Sequence[Observed]) -> "_Committed":
        committed = _Committed()

        def store() -> None:
            nonlocal committed
            now = datetime.fromtimestamp(self._clock.now(), UTC)
            with session_scope() as session:
                check_record.record(session, observed, now=now)
            committed = _Committed(wakes.take(session), hints.take(session))

        until_committed(store, give_up=self._stopping.is_set)
        return committed

    def _observed(self, finished: _Finished) -> Observed:
        target = finished.running.target
        return Observed(
            organization_id=target.organization_id,
            monitor_id=target.monitor_id,
            region_id=self._region_id,
            slot=finished.request.slot,
            version=target.version,
            result=finished.result,
            lateness=finished.lateness,
            uncertainty=finished.running.uncertainty,
        )


def _latest(request: Request, target: MonitorTarget) -> float:
    """Return until when the check may start, in unix seconds of the database's clock."""
    return request.slot + tolerance(target.interval_seconds)


def _latest_retry(request: Request, target: MonitorTarget) -> float:
    """Return until when a held-up check may start again, in the same seconds."""
    age = retry_age(target.interval_seconds, target.target.timeout_seconds)
    return request.slot + age


def _receipts(requests: Iterable[Request]) -> list[Any]:
    return [request.receipt for request in requests]


def drain(queue: SimpleQueue[T], most: int, *, gather_seconds: float = 0) -> list[T]:
    """Wait up to a second for a first item, then collect more for the gathering time."""
    try:
        items = [queue.get(timeout=1)]
    except Empty:
        return []
    ends_at = time.monotonic() + gather_seconds
    while len(items) + queue.qsize() < most and (left := ends_at - time.monotonic()) > 0:
        # Polling wakes this thread less often than each item would.
        time.sleep(min(left, _ROUND_SECONDS))
    with suppress(Empty):
        while len(items) < most:
            items.append(queue.get_nowait())
    return items
