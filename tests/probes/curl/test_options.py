"""Kept connections, versions of HTTP and IP, proxies that a policy forbids: how a request leaves."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from domain.evaluation.outcome import Cause, Outcome
from probes.base import KindSettings, ProbeResult, Target
from probes.exchange import Conversation, Proxy, Request, Response
from probes.registry import KINDS, Kind
from probes.urls import parse_url
from security.egress.guard import EgressPolicy
from tests.probes.conftest import Prober, target
from tests.probes.network.test_async_resolver import ScriptedNames, asking
from tests.servers import hostile
from tests.servers.certificates import Certificates
from tests.servers.http3 import http3_site
from tests.servers.mutual_tls import mutual_tls
from tests.servers.raw import RawServer
from tests.servers.site import ScriptedSite

Ask = Callable[..., list[Response]]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, probe: Prober) -> Ask:
    """Carry out requests one after another, in one check of the engine."""

    def ask(*requests: Request, by: Prober = probe, timeout: float = 5) -> list[Response]:
        responses: list[Response] = []

        def conversation(_target: Target) -> Conversation:
            for request in requests:
                responses.append((yield request))  # noqa: PERF401 - a generator inside of another
            return ProbeResult(outcome=Outcome.UP)

        kind = Kind(settings=KindSettings, validate_url=str, probe=conversation)
        monkeypatch.setitem(KINDS, "requests", kind)
        by.check(replace(target("http://unused.example/", timeout=timeout), kind="requests"))
        return responses

    return ask


@contextmanager
def counting() -> Iterator[tuple[str, list[int]]]:
    """Serve any number of requests on a connection; note for each of which connection it was."""
    seen: list[int] = []

    def talk(sock: socket.socket) -> None:
        while hostile.hear(sock):
            seen.append(sock.getpeername()[1])
            sock.sendall(hostile.OK + b"Content-Length: 2\r\n\r\nhi")

    with RawServer(talk) as server:
        yield server.url, seen


def a(url: str, **fields: object) -> Request:
    return replace(Request(url=parse_url(url)), **fields)  # type: ignore[arg-type] # whatever a test wants


def test_requests_of_one_conversation_share_their_connection(ask: Ask) -> None:
    mine = object()
    with counting() as (url, seen):
        responses = ask(*[a(url, connection=mine)] * 3)
    assert [each.status for each in responses] == [200] * 3
    assert len(seen) == 3
    assert len(set(seen)) == 1


@pytest.mark.abuse(23)
def test_other_requests_have_a_connection_each(ask: Ask) -> None:
    with counting() as (url, seen):
        ask(a(url, connection=1), a(url), a(url, connection=2), a(url))
    assert len(set(seen)) == 4


@pytest.mark.abuse(23)
def test_a_kept_connection_does_not_outlive_its_check(ask: Ask) -> None:
    mine = object()
    with counting() as (url, seen):
        ask(a(url, connection=mine))
        ask(a(url, connection=mine))
    assert len(set(seen)) == 2


@pytest.mark.parametrize(("wanted", "spoken"), [("", "2"), ("1.1", "1.1"), ("2", "2")])
def test_the_version_of_http_that_is_asked_for_is_spoken(
    ask: Ask, certificates: Certificates, wanted: str, spoken: str
) -> None:
    with mutual_tls(certificates, trustme.CA(), verify="off") as url:
        [response] = ask(a(url, http_version=wanted))
    assert (response.status, response.http_version) == (200, spoken)


def test_http2_that_is_asked_for_is_not_turned_into_http1(probe: Prober) -> None:
    with ScriptedSite() as site:
        result = probe(site.url, http_version="2", timeout=2)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)


def test_http3_is_spoken_when_it_is_asked_for(
    ask: Ask, probe: Prober, certificates: Certificates, tmp_path: Path
) -> None:
    with http3_site(certificates, tmp_path) as url:
        [response] = ask(a(url, http_version="3"))
        assert (response.status, response.http_version) == (200, "3")
        assert probe(url, http_version="3", keyword="inside").outcome is Outcome.UP
        assert probe(url, timeout=2).outcome is Outcome.DOWN


def test_http3_that_nobody_answers_is_down(probe: Prober, certificates: Certificates) -> None:
    with ScriptedSite(tls=certificates.valid()) as site:
        result = probe(site.url, http_version="3", timeout=1)
        assert site.count == 0
    assert result.outcome is Outcome.DOWN
    assert result.cause in {Cause.UNREACHABLE, Cause.TIMEOUT, Cause.REFUSED}


def test_http3_over_plain_http_says_what_it_needs(probe: Prober) -> None:
    with ScriptedSite() as site:
        result = probe(site.url, http_version="3", timeout=2)
    assert (result.outcome, result.detail) == (
        Outcome.DOWN,
        "HTTP/3 requires https, and does not work through a proxy.",
    )


@pytest.mark.abuse(16)
def test_the_guard_judges_the_address_of_http3_too() -> None:
    with asking(ScriptedNames(inside_test=["127.0.0.1"]), EgressPolicy("public")) as probe:
        result = probe("https://inside.test/", http_version="3")
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)


def test_what_was_agreed_on_is_told_when_asked(ask: Ask, certificates: Certificates) -> None:
    with ScriptedSite(tls=certificates.lasting(30)) as site:
        [notified, silent] = ask(a(site.url, keep_tls=True), a(site.url))
    assert notified.tls_version == "1.3"
    assert notified.certificate_days_left == pytest.approx(30, abs=0.1)
    assert (silent.tls_version, silent.certificate_days_left) == ("", None)


def test_only_addresses_of_the_forced_version_are_tried() -> None:
    with ScriptedSite() as site:
        names = ScriptedNames(both_test=["::1", "127.0.0.1"], old_test=["127.0.0.1"])
        with asking(names) as probe:
            port = site.port
            assert probe(f"http://both.test:{port}/", ip_version="4").outcome is Outcome.UP
            result = probe(f"http://old.test:{port}/", ip_version="6")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.DNS)
    assert result.detail == "The host has no IPv6 address."


def test_an_address_of_the_other_version_has_none(probe: Prober) -> None:
    with ScriptedSite() as site:
        assert probe(site.url, ip_version="4").outcome is Outcome.UP
        result = probe(site.url, ip_version="6")
    assert (result.outcome, result.detail) == (Outcome.DOWN, "The host has no IPv6 address.")


def test_invariant_1_without_a_route_of_the_forced_version_nothing_is_known() -> None:
    # No machine has a route by an interface that does not exist.
    names = ScriptedNames(both_test=["127.0.0.1", "::ffff:0:0:1:2:3%none"])
    with asking(names) as probe:
        result = probe("http://both.test/", ip_version="6")
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)


def through(url: str) -> Proxy:
    return Proxy(url=url, username=None, password=None)


@pytest.mark.abuse(13)
def test_a_public_worker_uses_no_proxy_of_a_user(ask: Ask) -> None:
    with ScriptedSite() as site, asking(ScriptedNames(), EgressPolicy("public")) as public:
        [response] = ask(a("http://site.example/", proxy=through(site.url)), by=public)
        assert site.count == 0
    assert response.failure
    assert (response.failure.outcome, response.failure.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)


def test_no_proxy_is_asked_for_a_metadata_service(ask: Ask) -> None:
    with ScriptedSite() as site:
        [response] = ask(a("http://169.254.169.254/", proxy=through(site.url)))
        assert site.count == 0
    assert response.failure
    assert response.failure.cause is Cause.BLOCKED


@pytest.mark.abuse(13)
def test_a_proxy_has_to_be_at_a_permitted_address(ask: Ask) -> None:
    [response] = ask(a("http://site.example/", proxy=through("http://169.254.169.254:3128")))
    assert response.failure
    assert response.failure.cause is Cause.BLOCKED


@pytest.mark.abuse(15)
def test_proxies_of_the_surroundings_are_not_used(
    monkeypatch: pytest.MonkeyPatch, probe: Prober, nobody: str
) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, nobody)
    with ScriptedSite() as site:
        assert probe(site.url).outcome is Outcome.UP
