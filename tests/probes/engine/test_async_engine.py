"""The engine of looks: thousands at once, exact deadlines, and no delay of ours booked as an outage."""

import socket
import threading
import time
from pathlib import Path
from queue import SimpleQueue
from typing import Self

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult, Target
from probes.engine.async_engine import AsyncEngine
from probes.engine.engine import Engine
from probes.network.network import Network
from probes.network.resolver import system_lookup
from security.egress.guard import EgressPolicy
from tests.probes.conftest import Prober, target, until
from tests.probes.engine.test_stall import engine_process, result_of, stop_for
from tests.probes.kinds.test_contract import silence
from tests.probes.network.test_async_resolver import ScriptedNames, asking
from tests.servers.raw import RawServer

LATE = "The name resolver of this worker does not answer."


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class SlowButReady:
    """Says `ready` after a while, and tells when somebody has come."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.asked = threading.Semaphore(0)

    def __call__(self, sock: socket.socket) -> None:
        self.asked.release()
        time.sleep(self._seconds)
        sock.sendall(b"ready")


def test_invariant_1_a_stopped_worker_tries_again_and_sees_the_port_up() -> None:
    asked = threading.Semaphore(0)
    silent_once = [silence]

    def talk(sock: socket.socket) -> None:
        asked.release()
        if silent_once:
            silent_once.pop()(sock)
        else:
            sock.sendall(b"ready")

    with (
        RawServer(talk) as server,
        engine_process(f"tcp://127.0.0.1:{server.port}", "2") as process,
    ):
        assert asked.acquire(timeout=20)
        stop_for(process, 3)
        assert result_of(process) == ["up", "none", ""]
        assert asked.acquire(timeout=0)


def test_invariant_1_a_worker_that_is_stopped_again_knows_nothing() -> None:
    asked = threading.Semaphore(0)

    def silent(sock: socket.socket) -> None:
        asked.release()
        silence(sock)

    with (
        RawServer(silent) as server,
        engine_process(f"tcp://127.0.0.1:{server.port}", "1") as process,
    ):
        for _ in range(2):
            assert asked.acquire(timeout=20)
            stop_for(process, 1.5)
        outcome, cause, _ = result_of(process)
    assert (outcome, cause) == ("unknown", "stalled")


def test_a_refused_port_is_down_however_long_we_were_stopped(nobody: str) -> None:
    with engine_process(f"tcp:{nobody.removeprefix('http:')}", "5") as process:
        assert result_of(process)[:2] == ["down", "refused"]


def test_invariant_1_a_worker_without_sockets_knows_nothing() -> None:
    with (
        RawServer(silence) as server,
        engine_process(f"tcp://127.0.0.1:{server.port}", "2", "60") as process,
    ):
        assert result_of(process)[0] == "unknown"


def test_hundreds_that_hang_end_in_their_time() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=500) as listener, Counted() as counted:
        url = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        for number in range(300):
            counted.engine.submit(
                number, target(url, kind="tcp", expect="x", timeout=1 + number % 2 / 10)
            )
        results = counted.take(300)
    assert {each.cause for each in results} == {Cause.TIMEOUT}
    assert all(each.timings.total >= 1_000_000 for each in results)


class Counted:
    """An engine with its results."""

    def __init__(self, capacity: int = 1000) -> None:
        self.results: SimpleQueue[tuple[object, ProbeResult]] = SimpleQueue()
        self.engine = Engine(
            capacity, EgressPolicy("any"), lambda key, result: self.results.put((key, result))
        )

    def __enter__(self) -> Self:
        self.engine.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.stop(0)

    def take(self, number: int) -> list[ProbeResult]:
        return [self.results.get(timeout=20)[1] for _ in range(number)]


def test_looks_count_into_the_capacity() -> None:
    with RawServer(silence) as server, Counted(capacity=2) as counted:
        url = f"tcp://127.0.0.1:{server.port}"
        for number in range(4):
            counted.engine.submit(number, target(url, kind="tcp", expect="x", timeout=0.5))
        began = time.monotonic()
        counted.take(4)
        assert time.monotonic() - began >= 1
        assert counted.engine.in_flight == 0


def test_what_runs_when_the_engine_stops_is_unknown_and_closed() -> None:
    with RawServer(silence) as server:
        counted = Counted()
        with counted:
            url = f"tcp://127.0.0.1:{server.port}"
            for number in range(3):
                counted.engine.submit(number, target(url, kind="tcp", expect="x", timeout=30))
            time.sleep(0.1)
        results = counted.take(3)
    assert {each.outcome for each in results} == {Outcome.UNKNOWN}
    assert {each.detail for each in results} == {
        "The check was interrupted, because this worker is stopping."
    }


def test_looks_that_run_are_waited_for_when_the_engine_drains() -> None:
    talk = SlowButReady(0.3)
    with RawServer(talk) as server, Counted() as counted:
        url = f"tcp://127.0.0.1:{server.port}"
        counted.engine.submit("only", target(url, kind="tcp", expect="ready"))
        assert talk.asked.acquire(timeout=5)
        counted.engine.stop(5)
        assert counted.take(1)[0].outcome is Outcome.UP


def test_a_hundred_looks_leave_no_descriptor_open(probe: Prober) -> None:
    with RawServer(silence) as server:
        url = f"tcp://127.0.0.1:{server.port}"
        probe(url, kind="tcp")
        before = open_files()
        for _ in range(100):
            assert probe(url, kind="tcp").outcome is Outcome.UP
        until(lambda: open_files() <= before)


def test_invariant_1_a_bug_of_a_look_is_unknown() -> None:
    async def broken(_target: Target, _network: Network) -> ProbeResult:
        raise ZeroDivisionError

    found: SimpleQueue[tuple[int, ProbeResult]] = SimpleQueue()
    engine = AsyncEngine(
        EgressPolicy("any"),
        system_lookup,
        "",
        lambda ticket, result, *_: found.put((ticket, result)),
    )
    engine.begin(7, target("tcp://127.0.0.1:1", kind="tcp"), broken)
    ticket, result = found.get(timeout=5)
    engine.stop()
    assert (ticket, result.outcome, result.cause) == (7, Outcome.UNKNOWN, Cause.INTERNAL)


@pytest.mark.parametrize("works", [True, False])
def test_a_name_that_hangs_is_down_only_while_our_resolver_works(*, works: bool) -> None:
    never = threading.Event()
    names = ScriptedNames(hangs_test=never)
    with asking(names if works else names.without_answers()) as probe:
        result = probe("tcp://hangs.test:80", kind="tcp", timeout=1)
    never.set()
    if works:
        assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.DNS)
        assert result.detail == "The name hangs.test did not resolve within 1 s."
    else:
        assert (result.outcome, result.detail) == (Outcome.UNKNOWN, LATE)


def test_a_name_is_looked_up_once_for_all_who_wait() -> None:
    never = threading.Event()
    names = ScriptedNames(slow_test=never)
    results: SimpleQueue[ProbeResult] = SimpleQueue()
    engine = Engine(
        100, EgressPolicy("any"), lambda _key, result: results.put(result), lookup=names
    )
    engine.start()
    for number in range(5):
        engine.submit(number, target("tcp://slow.test:80", kind="tcp", timeout=20))
    time.sleep(0.1)
    never.set()
    assert {results.get(timeout=5).cause for _ in range(5)} == {Cause.DNS}
    assert names.asked.count("slow.test") == 1
    engine.stop(0)
