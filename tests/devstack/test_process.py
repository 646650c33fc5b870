"""A kept process: started again, stopped, logged, and never left behind."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from devstack.process import KEEPER, Process
from devstack.program import ROOT, Program
from tests.devstack.eventually import eventually, is_gone

SLEEP = "import time; print('here', flush=True); time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEP[13:]

Keep = Callable[..., Process]


class Told(list[tuple[str, str]]):
    def __call__(self, name: str, line: str) -> None:
        self.append((name, line))

    def says(self, text: str) -> bool:
        return any(text in line for _, line in self)


@pytest.fixture
def notified() -> Told:
    return Told()


@pytest.fixture
def keep(tmp_path: Path, notified: Told) -> Iterator[Keep]:
    kept: list[Process] = []

    def start(code: str, **options: object) -> Process:
        command = [sys.executable, "-c", code]
        program = Program("worker", command, {}, tmp_path / "log" / "worker.log", **options)  # type: ignore[arg-type]  # checked at run time
        kept.append(Process(program, notified))
        kept[-1].start()
        return kept[-1]

    yield start
    for process in kept:
        process.kill()


def test_a_process_that_is_killed_is_started_again(keep: Keep, notified: Told) -> None:
    process = keep(SLEEP)
    first = process.pid
    os.kill(first, signal.SIGKILL)
    eventually(lambda: process.pid != first)
    assert process.running
    assert notified.says("worker ended (SIGKILL): starts again")


def test_a_process_that_ends_well_is_started_again_too(keep: Keep, notified: Told) -> None:
    keep("pass")
    eventually(lambda: notified.says("worker ended (exit status 0)"))


def test_a_crash_loop_is_called_so_and_pauses_ever_longer(keep: Keep, notified: Told) -> None:
    process = keep("raise SystemExit(3)")
    eventually(lambda: process.failing)
    eventually(lambda: notified.says("keeps failing"))
    assert process.program.log.name in "".join(line for _, line in notified)


def test_a_stopped_process_stays_stopped(keep: Keep) -> None:
    process = keep(SLEEP)
    process.stop()
    assert not process.running
    assert not psutil.pid_exists(process.pid)


def test_a_stopped_process_can_be_started_again(keep: Keep) -> None:
    process = keep(SLEEP)
    first = process.pid
    process.stop()
    process.start()
    assert process.running
    assert process.pid != first


def test_starting_a_running_process_changes_nothing(keep: Keep) -> None:
    process = keep(SLEEP)
    first = process.pid
    process.start()
    assert process.pid == first


def test_stopping_twice_is_stopping(keep: Keep) -> None:
    process = keep(SLEEP)
    process.stop()
    process.stop()
    assert not process.running


def test_a_stop_cuts_the_pause_before_the_next_try_short(keep: Keep, notified: Told) -> None:
    process = keep("raise SystemExit(3)")
    eventually(lambda: notified.says("ended"))
    process.stop()
    assert not process.running


def test_a_process_that_does_not_listen_is_killed(keep: Keep, notified: Told) -> None:
    process = keep(DEAF, stop_seconds=0.1)
    eventually(lambda: ("worker", "here") in notified)
    process.stop()
    assert not process.running
    assert notified.says("worker takes too long to stop: killed")


def test_a_suspended_process_hears_the_request_to_stop(keep: Keep, notified: Told) -> None:
    process = keep(SLEEP)
    os.kill(process.pid, signal.SIGSTOP)
    process.stop()
    assert not process.running
    assert not notified.says("killed")


def test_what_it_says_is_reported_and_logged(keep: Keep, notified: Told) -> None:
    process = keep(SLEEP)
    eventually(lambda: ("worker", "here") in notified)
    assert process.program.log.read_text() == "here\n"
    assert (KEEPER, f"worker is process {process.pid}") in notified


def test_output_that_is_no_text_does_no_harm(keep: Keep, notified: Told) -> None:
    keep("import os, time; os.write(1, b'\\xff%s\\n'); time.sleep(60)")
    eventually(lambda: ("worker", "\ufffd%s") in notified)


def test_what_a_dead_process_leaves_behind_is_ended(keep: Keep, notified: Told) -> None:
    code = "import os, time; pid = os.fork(); pid and print(pid, flush=True); time.sleep(60)"
    process = keep(code)
    eventually(lambda: len(notified) == 2)
    child = int(notified[1][1])
    os.kill(process.pid, signal.SIGKILL)
    eventually(lambda: is_gone(child))


def test_the_pid_of_what_was_never_started_is_an_error(tmp_path: Path) -> None:
    process = Process(Program("worker", ["true"], {}, tmp_path / "log"))
    assert not process.running
    with pytest.raises(RuntimeError, match="worker was never started"):
        _ = process.pid


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    code = f"""
        import sys, time
        from pathlib import Path
        from devstack.process import Process
        from devstack.program import Program
        command = [sys.executable, "-c", "import time; time.sleep(60)"]
        process = Process(Program("worker", command, {{}}, Path({str(tmp_path / "log")!r})))
        process.start()
        print(process.pid, flush=True)
        time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        kept = int(supervisor.stdout.readline())
        supervisor.kill()
    eventually(lambda: is_gone(kept))
