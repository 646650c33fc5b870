"""Names: which failure is the name's own, and which is our resolver's."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.network.resolver import CANARY, Finding, Resolution, Resolver, has_route, system_lookup
from security.egress.guard import EgressPolicy
from tests.probes.conftest import Prober, target, until
from tests.servers.site import ScriptedSite

Names = dict[str, list[str] | int | threading.Event]


class ScriptedNames:
    """A lookup that knows what the test tells it: addresses, an error code, or something to wait for."""

    def __init__(self, **names: list[str] | int | threading.Event) -> None:
        self._names: Names = {name.replace("_", "."): found for name, found in names.items()}
        self._names.setdefault(CANARY, socket.EAI_NONAME)
        self.asked: list[str] = []

    def without_answers(self) -> "ScriptedNames":
        """Behave as if no name server could be reached."""
        self._names[CANARY] = socket.EAI_AGAIN
        return self

    def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        found = self._names[host]
        if isinstance(found, threading.Event):
            found.wait(20)
            found = socket.EAI_AGAIN
        if isinstance(found, int):
            raise socket.gaierror(found, "scripted")
        return found


@contextmanager
def asking(names: ScriptedNames, policy: EgressPolicy | None = None) -> Iterator[Prober]:
    prober = Prober(policy or EgressPolicy("any"), lookup=names)
    prober.engine.start()
    yield prober
    prober.engine.stop(0)


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """Yield what is waited for until the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_a_name_is_looked_up_and_that_is_timed(site: ScriptedSite) -> None:
    with asking(ScriptedNames(good_test=["127.0.0.1"])) as probe:
        result = probe(f"http://good.test:{site.port}/")
    assert result.outcome is Outcome.UP
    assert 0 < result.timings.dns < result.timings.total
    assert b"\r\nHost: good.test:" in site.received[-1]


def test_the_next_address_is_tried_when_one_refuses(site: ScriptedSite) -> None:
    with asking(ScriptedNames(two_test=["127.0.0.2", "127.0.0.1"])) as probe:
        assert probe(f"http://two.test:{site.port}/").outcome is Outcome.UP


def test_denied_addresses_are_passed_over(site: ScriptedSite) -> None:
    with asking(ScriptedNames(mixed_test=["169.254.169.254", "127.0.0.1"])) as probe:
        assert probe(f"http://mixed.test:{site.port}/").outcome is Outcome.UP


def test_a_name_with_denied_addresses_only_is_blocked(site: ScriptedSite) -> None:
    names = ScriptedNames(inside_test=["127.0.0.1", "10.0.0.1"])
    with asking(names, EgressPolicy("public")) as probe:
        result = probe(f"http://inside.test:{site.port}/")
    assert (result.outcome, result.cause, site.count) == (Outcome.UNKNOWN, Cause.BLOCKED, 0)
    assert "127.0.0.1" not in result.detail


def test_a_name_that_does_not_exist_is_down() -> None:
    with asking(ScriptedNames(gone_test=socket.EAI_NONAME)) as probe:
        result = probe("http://gone.test/")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.DNS)
    assert result.detail == "The name gone.test does not resolve."


def test_a_name_whose_servers_fail_is_down_while_ours_answer() -> None:
    with asking(ScriptedNames(broken_test=socket.EAI_AGAIN)) as probe:
        result = probe("http://broken.test/")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.DNS)
    assert result.detail == "The name broken.test does not resolve: its name servers fail."


def test_invariant_1_without_a_name_server_of_ours_nothing_is_known() -> None:
    with asking(ScriptedNames(any_test=socket.EAI_AGAIN).without_answers()) as probe:
        result = probe("http://any.test/")
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)
    assert result.detail == "The name resolver of this worker does not answer."


def test_a_name_that_hangs_is_down_while_others_are_answered(never: threading.Event) -> None:
    with asking(ScriptedNames(hangs_test=never)) as probe:
        result = probe("http://hangs.test/", timeout=1)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.DNS)
    assert result.detail == "The name hangs.test did not resolve within 1 s."


def test_invariant_1_when_every_name_hangs_it_is_our_resolver(never: threading.Event) -> None:
    names = ScriptedNames(hangs_test=never).without_answers()
    with asking(names) as probe:
        result = probe("http://hangs.test/", timeout=1)
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)


def test_names_that_hang_keep_no_other_waiting(site: ScriptedSite, never: threading.Event) -> None:
    hanging = {f"h{number}_test": never for number in range(60)}
    names = ScriptedNames(good_test=["127.0.0.1"], **hanging)
    with asking(names) as probe:
        for number in range(60):
            probe.engine.submit(f"h{number}", target(f"http://h{number}.test/", timeout=30))
        assert probe(f"http://good.test:{site.port}/", timeout=5).outcome is Outcome.UP


def test_a_name_is_looked_up_once_for_all_who_wait(never: threading.Event) -> None:
    names = ScriptedNames(slow_test=never)
    resolver = Resolver(lambda: None, names)
    for _ in range(5):
        resolver.ask("slow.test")
    until(lambda: names.asked == ["slow.test"])
    never.set()
    found = until_found(resolver)
    assert [each.finding for each in found] == [Finding.NAME_SERVERS_FAIL]
    resolver.close()


def test_no_question_is_left_to_a_thread_that_hangs(never: threading.Event) -> None:
    hanging = {f"h{number}_test": never for number in range(40)}
    for _ in range(20):
        resolver = Resolver(lambda: None, ScriptedNames(good_test=["127.0.0.1"], **hanging))
        for number in range(40):
            resolver.ask(f"h{number}.test")
        resolver.ask("good.test")
        assert [each.host for each in until_found(resolver)] == ["good.test"]
        resolver.close()


def test_a_question_waits_when_all_threads_are_busy(never: threading.Event) -> None:
    names = ScriptedNames(slow_test=never, good_test=["127.0.0.1"])
    resolver = Resolver(lambda: None, names, most_threads=1)
    resolver.ask("slow.test")
    until(lambda: names.asked == ["slow.test"])
    resolver.ask("good.test")
    assert resolver.answers() == []
    never.set()
    found = until_found(resolver, 2)
    assert [each.host for each in found] == ["slow.test", "good.test"]
    resolver.close()


def test_a_lookup_that_breaks_is_our_trouble() -> None:
    def broken(_host: str) -> list[str]:
        raise UnicodeError("label too long")

    resolver = Resolver(lambda: None, broken)
    resolver.ask("x.test")
    assert [each.finding for each in until_found(resolver)] == [Finding.RESOLVER_FAILS]
    assert resolver.heard_at == float("-inf")
    resolver.close()


def test_the_system_knows_localhost_and_a_way_to_it() -> None:
    addresses = system_lookup("localhost")
    assert "127.0.0.1" in addresses
    assert len(set(addresses)) == len(addresses)
    assert has_route("127.0.0.1")
    assert not has_route("not an address")


def until_found(resolver: Resolver, number: int = 1) -> list[Resolution]:
    found: list[Resolution] = []

    def enough() -> bool:
        found.extend(resolver.answers())
        return len(found) >= number

    until(enough)
    return found
