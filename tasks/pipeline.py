"""The way of a check through a worker: three threads that never wait for each other.

    submit ─► loader ─► probe engine ─► recorder ─► stored
              (database:   (network)      (database: one transaction
               targets)                    per ≤ 100 ms or 200 results)

A message is acknowledged only after the transaction with its result. How many may be in flight is
bounded by the prefetch count of the consumer, so no queue here needs a limit of its own.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from domain.outcome import Outcome
from domain.slots import FRESH_FOR
from models.session import session_scope
from probes.base import ProbeResult
from probes.engine import Engine
from security.egress import Policy
from services import checks, targets
from services.results import Observed
from services.targets import MonitorTarget
from tasks.clock import DatabaseClock
from tasks.patience import insist

FLUSH_SECONDS = 0.1
FLUSH_RESULTS = 200
_CACHED_TARGETS = 200_000
_STOP_SECONDS = 5.0

T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """One check message. `receipt` is whatever acknowledges it."""

    monitor_id: int
    slot: int
    version: int
    receipt: Any


@dataclass(frozen=True, slots=True)
class Stored:
    """Messages that are done with: their results are committed, or they have none to give."""

    receipts: Sequence[Any]
    outcomes: Sequence[Outcome] = ()
    lateness: Sequence[float] = ()
    deliveries: Sequence[int] = ()
    stale: int = 0


@dataclass(frozen=True, slots=True)
class _Running:
    request: Request
    target: MonitorTarget
    lateness: float


class Pipeline:
    """Runs checks until stopped; `stored` is called from its threads, after each commit."""

    def __init__(self, policy: Policy, *, capacity: int, stored: Callable[[Stored], None]) -> None:
        self._stored = stored
        self._clock = DatabaseClock()
        self._inbox: SimpleQueue[Request] = SimpleQueue()
        self._finished: SimpleQueue[tuple[_Running, ProbeResult]] = SimpleQueue()
        self._targets: dict[int, MonitorTarget] = {}
        self._engine = Engine(capacity=capacity, policy=policy, deliver=self._deliver)
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._forever, args=(work,), name=work.__name__, daemon=True)
            for work in (self._load, self._record)
        ]

    def start(self) -> None:
        self._engine.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End without waiting for probes: whoever gets their messages next repeats them."""
        self._stopping.set()
        self._engine.stop(0)
        for thread in self._threads:
            thread.join(_STOP_SECONDS)

    def submit(self, request: Request) -> None:
        self._inbox.put(request)

    def _forever(self, work: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                work()
            except Exception:
                # The top of a loop: a bug in one round must not end all checks of this worker.
                log.exception("pipeline_round_failed", work=work.__name__)

    # --- loader

    def _load(self) -> None:
        """Take what has arrived, drop what is too late, hand the rest to the engine."""
        requests = drain(self._inbox, FLUSH_RESULTS * 5)
        if not requests:
            return
        insist(self._clock.refresh, give_up=self._stopping.is_set)
        now = self._clock.now()
        stale = [request for request in requests if now - request.slot > FRESH_FOR]
        fresh = [request for request in requests if now - request.slot <= FRESH_FOR]
        insist(lambda: self._know(fresh), give_up=self._stopping.is_set)
        # A deleted monitor has no target any more: nobody wants to know.
        gone = [request for request in fresh if request.monitor_id not in self._targets]
        if stale or gone:
            self._stored(Stored(_receipts([*stale, *gone]), stale=len(stale)))
        for request in fresh:
            if target := self._targets.get(request.monitor_id):
                self._begin(request, target)

    def _know(self, requests: Sequence[Request]) -> None:
        """Read the targets that are unknown here, or older than their message says."""
        if len(self._targets) > _CACHED_TARGETS:
            self._targets.clear()
        missing = {
            request.monitor_id
            for request in requests
            if (known := self._targets.get(request.monitor_id)) is None
            or known.version < request.version
        }
        if not missing:
            return
        with session_scope() as session:
            loaded = targets.load(session, missing)
        for monitor_id in missing - loaded.keys():
            self._targets.pop(monitor_id, None)
        self._targets.update(loaded)

    def _begin(self, request: Request, target: MonitorTarget) -> None:
        lateness = max(0.0, self._clock.now() - request.slot)
        self._engine.submit(_Running(request, target, lateness), target.target)

    def _deliver(self, key: object, result: ProbeResult) -> None:
        """Take a result from the engine, whose thread must not wait for anything.

        A check that is broken off because this worker stops has no result: its message comes again.
        """
        if isinstance(key, _Running) and not self._stopping.is_set():
            self._finished.put((key, result))

    # --- recorder

    def _record(self) -> None:
        batch = drain(self._finished, FLUSH_RESULTS, gather_seconds=FLUSH_SECONDS)
        if batch:
            self._flush(batch)

    def _flush(self, batch: Sequence[tuple[_Running, ProbeResult]]) -> None:
        """Store a batch and say so; one that the database refuses is halved to find the culprit."""
        try:
            deliveries = self._store([_observed(running, result) for running, result in batch])
        except SQLAlchemyError:
            if len(batch) > 1:
                middle = len(batch) // 2
                self._flush(batch[:middle])
                self._flush(batch[middle:])
                return
            log.exception("result_refused", monitor_id=batch[0][0].request.monitor_id)
            deliveries = []
        self._stored(
            Stored(
                receipts=_receipts(running.request for running, _ in batch),
                outcomes=[result.outcome for _, result in batch],
                lateness=[running.lateness for running, _ in batch],
                deliveries=deliveries,
            )
        )

    def _store(self, observed: Sequence[Observed]) -> list[int]:
        deliveries: list[int] = []

        def store() -> None:
            now = datetime.fromtimestamp(self._clock.now(), UTC)
            with session_scope() as session:
                deliveries[:] = checks.record(session, observed, now=now)

        insist(store, give_up=self._stopping.is_set)
        return deliveries


def _receipts(requests: Iterable[Request]) -> list[Any]:
    return [request.receipt for request in requests]


def _observed(running: _Running, result: ProbeResult) -> Observed:
    return Observed(
        organization_id=running.target.organization_id,
        monitor_id=running.target.monitor_id,
        region_id=running.target.region_id,
        slot=running.request.slot,
        version=running.target.version,
        result=result,
    )


def drain(queue: SimpleQueue[T], most: int, *, gather_seconds: float = 0) -> list[T]:
    """Wait up to a second for a first item, then take what comes within the gathering time."""
    try:
        items = [queue.get(timeout=1)]
    except Empty:
        return []
    gathered_at = time.monotonic() + gather_seconds
    while len(items) < most:
        try:
            items.append(queue.get(timeout=max(0, gathered_at - time.monotonic())))
        except Empty:
            break
    return items
