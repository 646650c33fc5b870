"""Abuse 6 to 8: names that lead inside, looked up by the system as a worker does, of a real resolver.

In the network of these tests dnsmasq is at every address that a machine may be set up to ask.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.network.resolver import system_lookup
from security.egress.guard import EgressPolicy
from tests.abuse.looking import KINDS_LED, PUBLIC, WORDS, assert_tells_nothing, led_to
from tests.conftest import ROOT
from tests.probes.conftest import Prober
from tests.servers.name_server import resolver, zone
from tests.servers.own_network import OwnNetwork
from tests.servers.site import ScriptedSite

PORT = 8080
INSIDE = ("127.0.0.1", "10.0.0.1", "169.254.169.254", "::")
RECORDS = (
    "host-record=shop.example,93.184.216.34",
    "host-record=local.shop.example,127.0.0.1",
    "host-record=db.internal,10.0.0.1",
    "host-record=mixed.example,10.0.0.1",
    "host-record=mixed.example,93.184.216.34",
    "host-record=mixed.example,169.254.169.254",
    "host-record=families.example,93.184.216.34,::1",
    "host-record=inside.example,10.0.0.1,fd00:ec2::254",
    "host-record=inside.example,127.0.0.1",
    "address=/localtest.example/127.0.0.1",
    "cname=alias.example,db.internal",
    "cname=chain.example,alias.example",
    "cname=other.example,local.shop.example",
)


@dataclass(frozen=True)
class World:
    """A public site, and sites at addresses inside, which nobody is to come to."""

    public: ScriptedSite
    inside: list[ScriptedSite]

    @property
    def count_inside(self) -> int:
        return sum(each.count for each in self.inside)


@pytest.fixture(scope="module")
def dns(network: OwnNetwork, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    del network  # In any other, this would ask the real name servers.
    with resolver(tmp_path_factory.mktemp("dnsmasq"), *RECORDS):
        yield


@pytest.fixture
def world(dns: None) -> Iterator[World]:
    del dns
    with ExitStack() as stack:
        public = stack.enter_context(ScriptedSite(host=PUBLIC[0], port=PORT))
        inside = [stack.enter_context(ScriptedSite(host=each, port=PORT)) for each in INSIDE]
        yield World(public, inside)


@pytest.fixture
def probe_async(world: World) -> Iterator[Prober]:
    del world
    prober = Prober(EgressPolicy("public"), lookup=system_lookup)
    prober.engine.start()
    yield prober
    prober.engine.stop(0)


def test_a_public_name_is_looked_at(world: World, probe_async: Prober) -> None:
    assert probe_async(f"http://shop.example:{PORT}/").outcome is Outcome.UP
    assert (world.public.count, world.count_inside) == (1, 0)


@pytest.mark.parametrize("kind", KINDS_LED)
@pytest.mark.parametrize("name", ["inside.example", "local.shop.example"])
def test_abuse_06_a_name_that_leads_inside_is_blocked(
    world: World, probe_async: Prober, kind: str, name: str
) -> None:
    result = probe_async.check(led_to(kind, name))
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert_tells_nothing(result)
    assert world.count_inside == 0


@pytest.mark.parametrize("name", ["mixed.example", "families.example"])
def test_abuse_06_of_mixed_records_only_the_public_ones_are_tried(
    world: World, probe_async: Prober, name: str
) -> None:
    for _ in range(5):
        assert probe_async(f"http://{name}:{PORT}/").outcome is Outcome.UP
        result = probe_async.check(led_to("websocket", name))
        assert result.detail == "Answered 200, expected 101 Switching Protocols."
    assert (world.public.count, world.count_inside) == (10, 0)


def test_abuse_06_a_public_record_that_does_not_answer_is_no_reason_to_go_inside(
    world: World, probe_async: Prober
) -> None:
    with ScriptedSite(host="10.0.0.1", port=PORT + 1) as inside:
        result = probe_async(f"http://mixed.example:{PORT + 1}/")
        assert inside.count == world.count_inside == 0
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.REFUSED)
    assert "10.0" not in result.detail


def test_abuse_07_a_name_that_rebinds_to_loopback_is_blocked(
    world: World, probe_async: Prober
) -> None:
    with zone({"one.changing.example": [[PUBLIC[0]], ["127.0.0.1"]]}):
        url = f"http://one.changing.example:{PORT}/"
        assert probe_async(url).outcome is Outcome.UP
        for _ in range(3):
            result = probe_async(url)
            assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert (world.public.count, world.count_inside) == (1, 0)


def test_abuse_07_a_name_that_rebinds_between_two_hops_is_blocked(
    world: World, probe_async: Prober
) -> None:
    world.public.answer = b"HTTP/1.1 302 Found\r\nLocation: /latest/meta-data/\r\n\r\n"
    with zone({"two.changing.example": [[PUBLIC[0]], ["169.254.169.254"]]}):
        result = probe_async(f"http://two.changing.example:{PORT}/")
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert (world.public.count, world.count_inside) == (1, 0)


def test_abuse_07_what_was_judged_is_what_is_connected_to(
    world: World, probe_async: Prober
) -> None:
    # Whoever asked once more for the address to connect to would be led inside.
    answers = [[PUBLIC[0]], ["127.0.0.1"], [PUBLIC[0]], ["127.0.0.1"]]
    for kind in ("http", "websocket", "tls", "mqtt"):
        with zone({f"{kind}.changing.example": answers}):
            result = probe_async.check(led_to(kind, f"{kind}.changing.example", timeout=2))
        assert result.cause is not Cause.BLOCKED
    assert world.count_inside == 0


def test_abuse_07_the_command_line_is_rebound_neither(world: World) -> None:
    answers = [[PUBLIC[0]], ["10.0.0.1"]]
    url = f"http://three.changing.example:{PORT}/"
    command = [sys.executable, "-m", "cli.main", "check", url]
    surroundings = {**os.environ, "DOWNTIME_EGRESS_POLICY": "public"}
    with zone({"three.changing.example": answers}):
        first, second = (
            subprocess.run(command, env=surroundings, cwd=ROOT, capture_output=True, check=False)
            for _ in range(2)
        )
    assert (first.returncode, second.returncode) == (0, 2), first.stderr + second.stderr
    assert WORDS.encode() in b" ".join(second.stdout.split())
    assert (world.public.count, world.count_inside) == (1, 0)


@pytest.mark.parametrize("kind", KINDS_LED)
@pytest.mark.parametrize(
    "name", ["alias.example", "chain.example", "other.example", "any.localtest.example"]
)
def test_abuse_08_an_alias_of_something_inside_is_blocked(
    world: World, probe_async: Prober, kind: str, name: str
) -> None:
    result = probe_async.check(led_to(kind, name))
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert_tells_nothing(result)
    assert world.count_inside == 0


@pytest.mark.parametrize(
    "asked", ["alias.example", "chain.example", "db.internal", "1.0.0.10.in-addr.arpa?type=PTR"]
)
def test_abuse_08_our_own_resolver_tells_nothing_of_names_inside(
    probe_async: Prober, asked: str
) -> None:
    result = probe_async(f"dns://{asked}", kind="dns")
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert result.detail == WORDS


def test_abuse_08_our_own_resolver_tells_of_public_names(probe_async: Prober) -> None:
    assert probe_async("dns://shop.example", kind="dns", expected=[PUBLIC[0]]).outcome is Outcome.UP


def test_abuse_08_the_file_of_hosts_is_no_way_around_either(
    probe_async: Prober, world: World
) -> None:
    assert Path("/etc/hosts").exists()
    for name in ("localhost", "ip6-localhost"):
        result = probe_async(f"http://{name}:{PORT}/")
        assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert world.count_inside == 0
