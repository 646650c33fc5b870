"""A worker that was stopped or starved books nothing of it as an outage of somebody's site."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from probes.boottime import boottime
from tests.probes.engine_program import ASKED, WAITS
from tests.servers import hostile
from tests.servers.raw import RawServer

ROOT = Path(__file__).parents[3]
_LONGEST_WAIT = 0.5


class GoodLater:
    """Leaves the first requests without an answer, answers 200 to the others, and tells of each.

    Whatever is answered while the other side is stopped may be read before or after its timeout:
    silence cannot.
    """

    def __init__(self, *, silent: int, slow_seconds: float = 0) -> None:
        self._silent = silent
        self._slow_seconds = slow_seconds
        self.asked = threading.Semaphore(0)

    def __call__(self, sock: socket.socket) -> None:
        hostile.hear(sock)
        self.asked.release()
        self._silent -= 1
        if self._silent >= 0:
            hostile.silence(sock)
        else:
            time.sleep(self._slow_seconds)
            sock.sendall(hostile.OK + b"Content-Length: 0\r\n\r\n")


@contextmanager
def engine_process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.probes.engine_program", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        process.wait(30)


def result_of(process: subprocess.Popen[str]) -> list[str]:
    outcome, cause, detail, *_ = json.loads(_line(process))
    return [outcome, cause, detail]


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


def _end_lookup(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def stop_for(process: subprocess.Popen[str], seconds: float) -> None:
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGCONT)


def test_invariant_1_a_stopped_worker_tries_again_and_sees_the_site_up() -> None:
    talk = GoodLater(silent=1)
    with RawServer(talk) as server, engine_process(server.url, "2") as process:
        assert talk.asked.acquire(timeout=20)
        stop_for(process, 3)
        assert result_of(process) == ["up", "none", ""]
        assert talk.asked.acquire(timeout=0)


def test_invariant_1_a_worker_that_is_stopped_again_knows_nothing() -> None:
    talk = GoodLater(silent=2)
    with RawServer(talk) as server, engine_process(server.url, "1") as process:
        for _ in range(2):
            assert talk.asked.acquire(timeout=20)
            stop_for(process, 1.5)
        outcome, cause, detail = result_of(process)
    assert (outcome, cause) == ("unknown", "stalled")
    assert detail == "This worker was delayed while it waited for the answer."


@pytest.mark.parametrize("silent", [0, 1])
def test_invariant_9_a_probe_that_may_have_begun_too_late_for_its_slot_knows_nothing(
    silent: int,
) -> None:
    talk = GoodLater(silent=silent, slow_seconds=0.5)
    with RawServer(talk) as server, engine_process(server.url, "2", "", "1") as process:
        assert talk.asked.acquire(timeout=20)
        stop_for(process, 2.5)
        assert result_of(process)[:2] == ["unknown", "stalled"]
        assert not talk.asked.acquire(timeout=0)


def test_invariant_9_one_that_is_verified_soon_is_not_made_again() -> None:
    talk = GoodLater(silent=1)
    with (
        RawServer(talk) as server,
        engine_process(server.url, "2", "", "inf", "1") as process,
    ):
        assert talk.asked.acquire(timeout=20)
        stop_for(process, 3)
        assert result_of(process)[:2] == ["unknown", "stalled"]
        assert not talk.asked.acquire(timeout=0.5)


def test_a_site_that_fails_for_sure_is_down_however_long_we_were_stopped() -> None:
    asked = threading.Event()

    def failing(sock: socket.socket) -> None:
        hostile.hear(sock)
        asked.set()
        time.sleep(0.2)
        sock.sendall(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")

    with RawServer(failing) as server, engine_process(server.url, "5") as process:
        assert asked.wait(20)
        stop_for(process, 1.5)
        assert result_of(process)[:2] == ["down", "status"]


@pytest.mark.parametrize("kind", ["http", "tcp"])
def test_invariant_9_a_request_may_have_left_later_than_its_probe_began_by_the_time_lost(
    nobody: str, kind: str
) -> None:
    port = urlsplit(nobody).port
    with engine_process(f"{kind}://{WAITS}:{port}", "10") as process:
        assert _line(process) == f"{ASKED}\n"
        stopped_at = boottime()
        stop_for(process, 2)
        _end_lookup(process)
        _, cause, _, began, lost_seconds = json.loads(_line(process))
    assert cause == "refused"
    assert began < stopped_at
    # An engine that waits for an event cannot tell the beginning of a stop from its own wait.
    assert lost_seconds > 2 - _LONGEST_WAIT


def test_invariant_1_a_worker_without_sockets_knows_nothing() -> None:
    with (
        RawServer(GoodLater(silent=0)) as server,
        engine_process(server.url, "2", "40") as process,
    ):
        assert result_of(process) == ["unknown", "internal", "This worker ran out of sockets."]
