"""Faults reach what they are meant for, with all its children, and nothing else."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from devstack.process import Process
from devstack.program import Program
from devstack.stack import Stack
from tests.e2e.patience import eventually
from tests.faults.evidence import Site
from tests.faults.injector import inject
from tests.faults.plan import EVERYTHING, Fault, Kind
from tests.faults.sites import Sites

# As backends of Postgres do, the child has a session of its own, and ends some time after its parent.
_PARENT = """
import subprocess, sys
code = "import sys, time; sys.stdin.read(); time.sleep(5)"
nothing = subprocess.DEVNULL
subprocess.Popen(
    [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=nothing, stderr=nothing,
    start_new_session=True).wait()
"""


class _Stack(Stack):
    """Processes that only wait, each with a child."""

    @property
    def processes(self) -> dict[str, Process]:
        return self._own

    def start(self) -> None:
        for name in ("beat.1", "beat.2", "api.1"):
            program = Program(
                name, [sys.executable, "-c", _PARENT], {}, self.directory / f"{name}.log"
            )
            self._own[name] = Process(program)
            self._own[name].start()

    def wait_ready(self, seconds: float = 60) -> None:
        eventually(
            lambda: all(len(_tree(each)) == 2 for each in self._own.values()),
            seconds=seconds,
            what="a child of each process",
        )


@pytest.fixture
def stack(tmp_path: Path) -> _Stack:
    return _Stack(tmp_path)


def _tree(process: Process) -> list[psutil.Process]:
    root = psutil.Process(process.pid)
    return [root, *root.children(recursive=True)]


def _stopped(stack: _Stack) -> set[str]:
    return {
        name
        for name, process in stack.processes.items()
        if {each.status() for each in _tree(process)} == {psutil.STATUS_STOPPED}
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("beat.1", {"beat.1"}),
        ("beat", {"beat.1", "beat.2"}),
        (EVERYTHING, {"beat.1", "beat.2", "api.1"}),
    ],
)
def test_a_stop_holds_a_process_a_role_or_everything_with_all_children(
    stack: _Stack, name: str, expected: set[str]
) -> None:
    sites, seen = _Watching([Site()], lambda: _stopped(stack)), set[str]()
    stack.start()
    try:
        stack.wait_ready()
        [fault] = inject(stack, sites, [Fault(0, Kind.STOP, name, 0.3, 2)], start=time.time())
        [seen] = sites.seen
        assert seen == expected
        assert _stopped(stack) == set()
        assert fault.span.end - fault.span.start >= 0.3
        assert sites.answer("/0").status == 502
    finally:
        stack.stop()


def test_off_kills_everything_and_starts_it_again(stack: _Stack) -> None:
    stack.start()
    try:
        stack.wait_ready()
        before = [each for process in stack.processes.values() for each in _tree(process)]
        sites = _Watching([Site()], lambda: {str(each.pid) for each in before if _lives(each)})
        inject(stack, sites, [Fault(0, Kind.OFF, EVERYTHING, 0.3, 2)], start=time.time())
        assert sites.seen == [set()]
        assert all(process.running for process in stack.processes.values())
    finally:
        stack.stop()


class _Watching(Sites):
    """Notes what there is when a fault is about to end, which is when sites begin to fail."""

    def __init__(self, scripts: list[Site], look: Callable[[], set[str]]) -> None:
        super().__init__(scripts)
        self.seen: list[set[str]] = []
        self._look = look

    def blip(self, seconds: float) -> None:
        self.seen.append(self._look())
        super().blip(seconds)


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_what_comes_after_a_step_that_takes_long_is_put_off(stack: _Stack) -> None:
    faults = [Fault(0, Kind.OFF, EVERYTHING, 0.1), Fault(0.2, Kind.STOP, "beat.1", 0.5)]
    stack.start()
    try:
        stack.wait_ready()
        off, stop = sorted(
            inject(stack, Sites([]), faults, start=time.time() - 5), key=lambda each: each.fault.at
        )
        assert stop.span.start >= off.span.end
    finally:
        stack.stop()


def test_a_process_that_is_gone_needs_no_signal(stack: _Stack) -> None:
    stack.start()
    stack.stop()
    assert len(inject(stack, Sites([]), [Fault(0, Kind.KILL, "beat.1")], start=time.time())) == 1
