"""Abuse 19 and 20: what is not looked at tells nothing, and no region is one organization's own."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from models import Region
from probes.base import ProbeResult, Timings
from tests.abuse.looking import KINDS_LED, Names, Watcher, led_to
from tests.abuse.schemes import held
from tests.probes.auth.asking import check
from tests.servers.raw import RawServer
from tests.servers.site import ScriptedSite

PORT = 8080
LISTENS, REFUSES, TALKS, HANGS = "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"
HOSTS = (LISTENS, REFUSES, TALKS, HANGS)


@pytest.fixture
def hosts(watcher: Watcher) -> Iterator[None]:
    """Give hosts inside of every state: one answers, one refuses, one talks first, one lets wait."""
    del watcher
    with ExitStack() as stack:
        stack.enter_context(ScriptedSite(host=LISTENS, port=PORT))
        talking = stack.enter_context(socket.create_server((TALKS, PORT)))
        full = stack.enter_context(socket.create_server((HANGS, PORT), backlog=0))
        assert talking.fileno() != full.fileno()
        yield


@pytest.mark.usefixtures("hosts")
@pytest.mark.parametrize("kind", KINDS_LED)
def test_abuse_19_a_blocked_host_gives_the_same_result_in_whatever_state_it_is(
    watcher: Watcher, kind: str
) -> None:
    found = {replace(watcher.sent_by(led_to(kind, each))[1], timings=Timings()) for each in HOSTS}
    assert len(found) == 1
    for each in HOSTS:
        packets, result = watcher.sent_by(led_to(kind, each))
        assert packets == 0
        # What nobody waited for took no time that could tell of it.
        assert result.timings.total < 1_000_000
        assert (result.timings.connect, result.timings.first_byte) == (0, 0)


@pytest.mark.usefixtures("hosts")
def test_abuse_19_so_it_does_by_a_name_a_redirect_and_a_token_endpoint(
    watcher: Watcher, names: Names
) -> None:
    def by_name(host: str) -> ProbeResult:
        names["state.example"] = [host]
        return watcher.probe(f"http://state.example:{PORT}/")

    def by_redirect(host: str) -> ProbeResult:
        with ScriptedSite(host="1.1.1.1", port=PORT) as site:
            site.answer = f"HTTP/1.1 302 x\r\nLocation: http://{host}:{PORT}/\r\n\r\n".encode()
            return watcher.probe(site.url)

    def by_token_endpoint(host: str) -> ProbeResult:
        issuer = held("oauth2", token_url=f"http://{host}:{PORT}/", allow_plaintext=True)
        return check(watcher.probe, "http://1.1.1.1:8080/", issuer)

    for way in (by_name, by_redirect, by_token_endpoint):
        results = {replace(way(host), timings=Timings()) for host in HOSTS}
        assert len(results) == 1, way


@pytest.mark.parametrize("kind", KINDS_LED)
def test_abuse_19_names_inside_are_alike_whether_they_exist_or_not(
    watcher: Watcher, names: Names, kind: str
) -> None:
    names["there.corp.internal"] = ["10.0.0.1"]
    found = [
        watcher.sent_by(led_to(kind, f"{name}.corp.internal"))[1] for name in ("there", "missing")
    ]
    assert replace(found[0], timings=Timings()) == replace(found[1], timings=Timings())
    assert names.asked == []


def test_abuse_19_nothing_that_a_blocked_host_says_is_read(watcher: Watcher) -> None:
    heard: list[bytes] = []
    with RawServer(lambda sock: heard.append(sock.recv(1)), host="10.0.0.9") as server:
        for kind in KINDS_LED:
            watcher.assert_blocked(led_to(kind, "10.0.0.9", port=server.port))
        assert server.accepted == 0
    assert heard == []


def test_abuse_20_no_region_belongs_to_one_organization() -> None:
    # Where that changes, this has to become: what A has to itself serves nothing of B.
    assert not any("organization" in each.name for each in Region.__table__.columns)
