"""Does to a running stack what a plan says, by signals to its own processes."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter

from redis import Redis

from devstack.stack import Stack
from tests.faults.evidence import Span
from tests.faults.plan import SERVERS, Fault, Kind


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault as it happened, in unix seconds."""

    fault: Fault
    span: Span

    @property
    def felt(self) -> Span:
        """The fault, and the time to get over it."""
        return Span(self.span.start, self.span.end + self.fault.recovery_seconds)

    @property
    def lossy(self) -> Span:
        """When a check may be lost by it: a stopped process keeps what it holds, its twin goes on."""
        if self.fault.kind is Kind.STOP and self.fault.process not in SERVERS:
            return Span(self.span.start, self.span.start + self.fault.recovery_seconds)
        return self.felt


@dataclass(frozen=True, slots=True)
class _Step:
    at: float
    do: Callable[[], object]


def inject(stack: Stack, faults: Iterable[Fault], *, start: float) -> list[Injected]:
    """Carry out the plan, beginning at `start`, and return when its last fault is over."""
    steps: list[_Step] = []
    happened: list[Injected] = []
    for fault in faults:
        steps += _steps(stack, fault, start, happened)
    for step in sorted(steps, key=attrgetter("at")):
        time.sleep(max(0.0, step.at - time.time()))
        step.do()
    return happened


def _steps(stack: Stack, fault: Fault, start: float, happened: list[Injected]) -> list[_Step]:
    began = start + fault.at
    match fault.kind:
        case Kind.KILL:
            number = signal.SIGQUIT if fault.process == "postgres" else signal.SIGKILL
            return [
                _Step(began, lambda: _once(fault, happened, lambda: _send(stack, fault, number)))
            ]
        case Kind.EMPTY:
            return [_Step(began, lambda: _once(fault, happened, lambda: _empty(stack)))]
        case Kind.STOP:
            stop = _Stop(stack, fault, happened)
            return [_Step(began, stop.begin), _Step(began + fault.seconds, stop.end)]


def _once(fault: Fault, happened: list[Injected], act: Callable[[], None]) -> None:
    began = time.time()
    act()
    happened.append(Injected(fault, Span(began, time.time())))


def _send(stack: Stack, fault: Fault, number: signal.Signals) -> None:
    # One that was killed a moment ago may not have been started again yet.
    with contextlib.suppress(ProcessLookupError):
        os.kill(stack.processes[fault.process].pid, number)


def _empty(stack: Stack) -> None:
    with Redis.from_url(stack.environment["REDIS_URL"]) as client:
        client.flushall()


class _Stop:
    def __init__(self, stack: Stack, fault: Fault, happened: list[Injected]) -> None:
        self._process = stack.processes[fault.process]
        self._fault = fault
        self._happened = happened
        self._pid = 0
        self._began = 0.0

    def begin(self) -> None:
        self._pid, self._began = self._process.pid, time.time()
        self._signal(signal.SIGSTOP)

    def end(self) -> None:
        self._signal(signal.SIGCONT)
        self._happened.append(Injected(self._fault, Span(self._began, time.time())))

    def _signal(self, number: signal.Signals) -> None:
        # A number that the supervisor has replaced may be a stranger's by now.
        if self._process.running and self._process.pid == self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, number)
