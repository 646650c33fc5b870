"""Does to a running stack what a plan says, by signals to its own processes."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import psutil
from redis import Redis

from devstack.process import Process
from devstack.stack import Stack
from tests.faults.evidence import Span
from tests.faults.plan import EVERYTHING, Fault, Kind
from tests.faults.sites import Sites

_START_SECONDS = 180
_NOTICEABLE_SECONDS = 1
"""What a step may take before the rest of the plan is put off by as much."""


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
        if self.fault.kind is Kind.STOP and not self.fault.is_felt_by_all:
            return Span(self.span.start, self.span.start + self.fault.recovery_seconds)
        return self.felt

    @property
    def stops_checks(self) -> bool:
        """Tell whether a probe may have begun before it whose request left after it."""
        is_stop = self.fault.kind is Kind.STOP
        return is_stop and self.fault.process.startswith((EVERYTHING, "worker-checks"))

    @property
    def is_standstill(self) -> bool:
        return self.fault.is_felt_by_all and self.fault.seconds > 0


@dataclass(frozen=True, slots=True)
class _Step:
    at: float
    do: Callable[[], object]


def inject(stack: Stack, sites: Sites, faults: Iterable[Fault], *, start: float) -> list[Injected]:
    """Carry out the plan, beginning at `start`, and return when its last fault is over.

    A start of everything takes as long as it takes: what comes after it is put off.
    """
    steps: list[_Step] = []
    happened: list[Injected] = []
    for fault in faults:
        steps += _steps(stack, sites, fault, start, happened)
    delay = 0.0
    for step in sorted(steps, key=attrgetter("at")):
        time.sleep(max(0.0, step.at + delay - time.time()))
        began = time.time()
        step.do()
        took = time.time() - began
        delay += took if took > _NOTICEABLE_SECONDS else 0
    return happened


def _steps(
    stack: Stack, sites: Sites, fault: Fault, start: float, happened: list[Injected]
) -> list[_Step]:
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
            stop = _Stop(stack, sites, fault, happened)
            return [_Step(began, stop.begin), _Step(began + fault.seconds, stop.end)]
        case Kind.OFF:
            off = _Off(stack, sites, fault, happened)
            return [_Step(began, off.begin), _Step(began + fault.seconds, off.end)]


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
    """Stands for a while: a process, all of a role, a server with its children, or everything."""

    def __init__(self, stack: Stack, sites: Sites, fault: Fault, happened: list[Injected]) -> None:
        self._stack = stack
        self._sites = sites
        self._fault = fault
        self._happened = happened
        self._stopped: dict[int, psutil.Process] = {}
        self._began = 0.0

    def begin(self) -> None:
        self._began = time.time()
        # What was forked while the others were stopped is found by another look.
        while new := [each for each in self._tree() if each.pid not in self._stopped]:
            for each in new:
                self._stopped[each.pid] = each
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.suspend()

    def end(self) -> None:
        if self._fault.blip:
            self._sites.blip(self._fault.blip)
        for each in self._stopped.values():
            # A number that somebody else has by now is known as such, and left alone.
            with contextlib.suppress(psutil.NoSuchProcess):
                each.resume()
        self._happened.append(Injected(self._fault, Span(self._began, time.time())))

    def _tree(self) -> list[psutil.Process]:
        found = []
        for process in _named(self._stack, self._fault.process):
            if not process.running:
                continue
            with contextlib.suppress(psutil.NoSuchProcess):
                root = psutil.Process(process.pid)
                found += [root, *root.children(recursive=True)]
        return found


class _Off:
    """Kills everything at once, as a lost machine would, and starts it again over what is on the disk."""

    def __init__(self, stack: Stack, sites: Sites, fault: Fault, happened: list[Injected]) -> None:
        self._stack = stack
        self._sites = sites
        self._fault = fault
        self._happened = happened
        self._began = 0.0

    def begin(self) -> None:
        self._began = time.time()
        for process in self._stack.processes.values():
            children = _children(process)
            process.ask_to_stop(signal.SIGKILL)
            for child in children:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
        self._stack.stop()

    def end(self) -> None:
        if self._fault.blip:
            self._sites.blip(self._fault.blip)
        self._stack.start()
        self._stack.wait_ready(_START_SECONDS)
        self._happened.append(Injected(self._fault, Span(self._began, time.time())))


def _named(stack: Stack, name: str) -> Sequence[Process]:
    """Return the processes that a fault is about."""
    if name == EVERYTHING:
        return list(stack.processes.values())
    return [each for own, each in stack.processes.items() if name in {own, own.split(".")[0]}]


def _children(process: Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(process.pid).children(recursive=True)
    return []
