"""The engine: everything submitted is delivered once, whatever else is going on."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from queue import SimpleQueue

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.base import KindSettings, ProbeResult
from probes.boottime import boottime
from probes.engine.engine import Engine, EngineStoppedError
from probes.engine.fair_queue import NOT_BEGUN, Limits
from security.egress.guard import EgressPolicy
from tests.probes.conftest import Prober, target, until
from tests.servers import hostile
from tests.servers.raw import RawServer
from tests.servers.site import ScriptedSite

Results = SimpleQueue[tuple[object, ProbeResult]]


@contextmanager
def running(capacity: int = 100) -> Iterator[tuple[Engine, Results]]:
    results: Results = SimpleQueue()
    engine = Engine(capacity, EgressPolicy("any"), lambda key, result: results.put((key, result)))
    engine.start()
    yield engine, results
    engine.stop(0)


def test_each_key_is_delivered_once_on_the_thread_of_the_engine() -> None:
    names: set[str] = set()
    seen: Counter[object] = Counter()

    def deliver(key: object, _result: ProbeResult) -> None:
        names.add(threading.current_thread().name)
        seen[key] += 1

    engine = Engine(50, EgressPolicy("any"), deliver)
    engine.start()
    with ScriptedSite() as site:
        for key in range(300):
            engine.submit(key, target(site.url))
        until(lambda: not engine.in_flight)
        engine.stop(0)
        assert site.count == 300
    assert seen == dict.fromkeys(range(300), 1)
    assert names == {"probe-engine"}


def test_sites_that_hang_cost_their_own_slots_only() -> None:
    with running() as (engine, results), ScriptedSite() as site:
        with RawServer(hostile.silence) as server:
            for number in range(40):
                engine.submit(("hangs", number), target(server.url, timeout=20))
            for number in range(200):
                engine.submit(("good", number), target(site.url, timeout=20))
            started = time.monotonic()
            first = [results.get(timeout=10) for _ in range(200)]
            assert time.monotonic() - started < 10
        assert {key[0] for key, _ in first if isinstance(key, tuple)} == {"good"}
        assert engine.in_flight <= 40


def test_beyond_its_capacity_a_check_waits_for_its_turn() -> None:
    with running(capacity=2) as (engine, results), ScriptedSite() as site:
        with RawServer(hostile.silence) as server:
            for number, timeout in enumerate((1, 20)):
                engine.submit(number, target(server.url, timeout=timeout))
            engine.submit("third", target(site.url, timeout=1))
            until(lambda: engine.in_flight == 3)
            ended = [results.get(timeout=5) for _ in range(2)]
            assert engine.in_flight == 1
        assert [key for key, _ in ended] == [0, "third"]
        assert ended[1][1].outcome is Outcome.UP


def test_a_check_that_has_no_turn_in_time_is_not_begun() -> None:
    with running(capacity=1) as (engine, results), ScriptedSite() as site:
        with RawServer(hostile.silence) as server:
            engine.submit("hangs", target(server.url, timeout=3))
            engine.submit("late", target(site.url), start_before=boottime() + 0.5)
            engine.submit("patient", target(site.url))
            key, result = results.get(timeout=2.5)
            assert (key, result) == ("late", NOT_BEGUN)
            assert result is NOT_BEGUN
            assert [results.get(timeout=10)[0] for _ in range(2)] == ["hangs", "patient"]
        assert site.count == 1


def test_a_host_that_hangs_takes_only_its_own_places() -> None:
    results: Results = SimpleQueue()
    engine = Engine(
        10,
        EgressPolicy("any"),
        lambda key, result: results.put((key, result)),
        limits=Limits(per_host=2),
    )
    engine.start()
    with ScriptedSite() as site, RawServer(hostile.silence) as server:
        for number in range(30):
            engine.submit(("hangs", number), target(server.url, timeout=20))
        for number in range(30):
            engine.submit(number, target(site.url, timeout=20))
        assert {results.get(timeout=10)[0] for _ in range(30)} == set(range(30))
        assert engine.in_flight == 30
        assert server.accepted <= 2
        engine.stop(0)


def test_the_time_of_a_check_begins_with_its_turn() -> None:
    with running(capacity=1) as (engine, results), ScriptedSite() as site:
        with RawServer(hostile.silence) as server:
            engine.submit("hangs", target(server.url, timeout=1.5))
            engine.submit("waits", target(site.url, timeout=1))
            assert [results.get(timeout=10)[0] for _ in range(1)] == ["hangs"]
            key, result = results.get(timeout=5)
        assert (key, result.outcome) == ("waits", Outcome.UP)


def test_stopping_delivers_what_was_under_way_as_unknown() -> None:
    with running(capacity=1) as (engine, results), RawServer(hostile.silence) as server:
        for number in range(3):
            engine.submit(number, target(server.url, timeout=20))
        until(lambda: engine.in_flight == 3)
        engine.stop(0)
        delivered = dict(results.get(timeout=1) for _ in range(3))
        assert set(delivered) == {0, 1, 2}
        causes = {(result.outcome, result.cause) for result in delivered.values()}
        assert causes == {(Outcome.UNKNOWN, Cause.INTERNAL)}
        assert engine.in_flight == 0
        with pytest.raises(EngineStoppedError):
            engine.submit("late", target(server.url))


def test_stopping_with_patience_lets_checks_end() -> None:
    def slowly(_path: str) -> int:
        time.sleep(0.2)
        return 200

    with running() as (engine, results), ScriptedSite() as site:
        site.answer = slowly
        engine.submit("last", target(site.url))
        engine.stop(5)
        assert results.get(timeout=0)[1].outcome is Outcome.UP


def test_a_receiver_that_fails_does_not_take_the_engine_with_it() -> None:
    delivered: list[object] = []

    def deliver(key: object, _result: ProbeResult) -> None:
        if key == "bad":
            raise RuntimeError("a bug of the receiver")
        delivered.append(key)

    engine = Engine(10, EgressPolicy("any"), deliver)
    engine.start()
    with ScriptedSite() as site:
        engine.submit("bad", target(site.url))
        until(lambda: not engine.in_flight)
        engine.submit("good", target(site.url))
        until(lambda: not engine.in_flight)
    engine.stop(0)
    assert delivered == ["good"]


def test_invariant_1_a_target_that_nobody_can_read_is_unknown(probe: Prober) -> None:
    good = target("http://127.0.0.1/")
    for broken in (
        replace(good, kind="smoke-signal"),
        replace(good, settings=KindSettings()),
        replace(good, url="not a url"),
    ):
        result = probe.check(broken)
        assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)
        assert result.detail == "The check could not be started."


def test_a_denied_address_is_not_connected_to() -> None:
    prober = Prober(EgressPolicy("public"))
    prober.engine.start()
    with ScriptedSite() as site:
        result = prober(site.url)
        assert site.count == 0
    prober.engine.stop(0)
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert "127.0.0.1" not in result.detail
