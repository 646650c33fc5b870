"""The fork server: its forks are the programs that were asked for, and share nothing but modules."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from devstack.fork_server import SHARED
from devstack.forking import ForkedProcess, ForkServer, is_possible
from devstack.process import Process
from devstack.program import ROOT, Program
from tests.devstack.eventually import eventually, is_gone

pytestmark = pytest.mark.skipif(not is_possible(), reason="processes are forked on Linux only")

TELL = """
import json, os, signal, sys
print(json.dumps({
    "arguments": sys.argv[1:],
    "environment": dict(os.environ),
    "directory": os.getcwd(),
    "input": sys.stdin.read(),
    "leads": os.getsid(0) == os.getpgid(0) == os.getpid(),
    "children": signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL,
}))
print("an error", file=sys.stderr)
"""
WAIT = "import time; print('here', flush=True); time.sleep(60)"

Keep = Callable[..., Process]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    log = tmp_path_factory.mktemp("log") / "fork-server.log"
    server = ForkServer({"PYTHONUNBUFFERED": "1"}, log)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def keep(server: ForkServer, tmp_path: Path) -> Iterator[Keep]:
    kept: list[Process] = []

    def start(code: str, *arguments: str, by: ForkServer = server, **environment: str) -> Process:
        name = f"program-{len(kept)}"
        script = tmp_path / f"{name}.py"
        script.write_text(f"#!{sys.executable}\n{code}")
        script.chmod(0o755)
        log = tmp_path / f"{name}.log"
        program = Program(name, [str(script), *arguments], environment, log)
        kept.append(Process(by.forked(program)))
        kept[-1].start()
        return kept[-1]

    yield start
    for process in kept:
        process.kill()


def said(process: Process) -> str:
    log = process.program.log
    return log.read_text() if log.exists() else ""


def parent_of(process: Process) -> int:
    return int(psutil.Process(process.pid).ppid())


def test_a_fork_is_the_program_that_was_asked_for(keep: Keep) -> None:
    process = keep(TELL, "--loud", "2", NAME="value", OTHER="ä")
    eventually(lambda: "an error" in said(process))
    assert json.loads(said(process).splitlines()[0]) == {
        "arguments": ["--loud", "2"],
        "environment": {"NAME": "value", "OTHER": "ä"},
        "directory": str(ROOT),
        "input": "",
        "leads": True,
        "children": True,
    }


def test_a_module_runs_as_python_would_run_it(server: ForkServer, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "json.tool", "--help"]
    process = Process(server.forked(Program("module", command, {}, tmp_path / "module.log")))
    process.start()
    eventually(lambda: "usage: python -m json.tool" in said(process))
    process.stop()


def test_its_exit_status_is_that_of_the_program(server: ForkServer, tmp_path: Path) -> None:
    lines: list[str] = []
    script = tmp_path / "fails.py"
    script.write_text("raise SystemExit(3)")
    program = Program("fails", [str(script)], {}, tmp_path / "fails.log")
    process = Process(server.forked(program), lambda _, line: lines.append(line))
    process.start()
    eventually(lambda: any("ended (exit status 3)" in line for line in lines))
    process.stop()


def test_a_fork_that_is_killed_is_forked_again(server: ForkServer, keep: Keep) -> None:
    process = keep(WAIT)
    first = process.pid
    os.kill(first, signal.SIGKILL)
    eventually(lambda: process.pid != first)
    assert parent_of(process) == server.process.pid


def test_a_fork_is_stopped_by_the_signals_of_its_program(keep: Keep) -> None:
    process = keep(WAIT)
    eventually(lambda: "here" in said(process))
    os.kill(process.pid, signal.SIGSTOP)
    process.stop()
    assert not process.running
    assert not psutil.pid_exists(process.pid)


def test_forks_end_with_their_server_and_begin_again_with_the_next(
    server: ForkServer, keep: Keep
) -> None:
    process = keep(WAIT)
    first, killed = process.pid, server.process.pid
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: process.pid != first, seconds=60)
    eventually(lambda: is_gone(first))
    assert parent_of(process) == server.process.pid != killed


def test_a_fork_that_was_killed_before_it_read_its_request_has_ended() -> None:
    ours, theirs = socket.socketpair()
    read, write = os.pipe()
    os.close(write)
    with ours, ForkedProcess(os.getpid(), ours.makefile("rb"), os.fdopen(read, "rb")) as fork:
        ours.sendall(b"{}")
        theirs.close()
        assert fork.wait() == -signal.SIGKILL


def test_a_server_that_does_not_answer_keeps_no_program_from_running(
    tmp_path: Path, keep: Keep
) -> None:
    silent = ForkServer({}, tmp_path / "silent.log", patience_seconds=0.1)
    silent.start()
    os.kill(silent.process.pid, signal.SIGSTOP)
    process = keep(WAIT, by=silent)
    eventually(lambda: "here" in said(process))
    assert parent_of(process) == os.getpid()
    silent.stop()


def test_the_settings_of_a_process_reach_neither_the_server_nor_later_forks(
    server: ForkServer, keep: Keep
) -> None:
    secret = uuid4().hex
    first = keep(WAIT, SECRET=secret)
    later = keep(WAIT)
    eventually(lambda: "here" in said(first) and "here" in said(later))
    assert secret.encode() in memory(first.pid)
    assert secret.encode() not in memory(server.process.pid)
    assert secret.encode() not in memory(later.pid)


def memory(pid: int) -> bytes:
    """Return all that a process may write to."""
    found = bytearray()
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as bytes_:
        for line in maps:
            span, permissions, *_ = line.split()
            if permissions.startswith("rw"):
                start, end = (int(each, 16) for each in span.split("-"))
                with suppress(OSError):
                    bytes_.seek(start)
                    found += bytes_.read(end - start)
    return bytes(found)


def test_the_server_has_one_thread(server: ForkServer, keep: Keep) -> None:
    # It answered, so everything is imported.
    keep(WAIT)
    assert psutil.Process(server.process.pid).num_threads() == 1


def test_what_is_shared_reads_no_setting_and_registers_no_task() -> None:
    code = f"""
from importlib import import_module
for name in {SHARED!r}:
    import_module(name)
from config.settings import load
from tasks.app import app
print(load.cache_info().currsize, app.configured)
import sys
print([name for name in sys.modules if name.startswith("tasks.") and hasattr(sys.modules[name], "app")])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["0 False", "['tasks.app']"]
