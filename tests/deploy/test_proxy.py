"""Abuse 132 and 133: the proxy of deploy/Caddyfile, with Debian's Caddy, before a site of the test's."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest

from tests.deploy.proxy import Caddy, answer, head, status
from tests.e2e.patience import eventually
from tests.servers.raw import RawServer
from tests.servers.site import Late, ScriptedSite

SECRET = "canary-of-a-ping"


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


@pytest.fixture
def proxy(site: ScriptedSite, tmp_path: Path) -> Iterator[Caddy]:
    with Caddy(tmp_path, int(site.url.rpartition(":")[2])) as proxy:
        yield proxy


def ask(proxy: Caddy, said: bytes, source: str = "127.0.0.1") -> bytes:
    with proxy.connect(source) as sock:
        sock.sendall(said)
        return answer(sock)


@pytest.mark.abuse(132)
def test_the_address_is_that_of_the_client_whatever_it_claims(
    proxy: Caddy, site: ScriptedSite
) -> None:
    for claim in ("203.0.113.9", "203.0.113.9, 198.51.100.1", "127.0.0.1", "unknown"):
        claims = (
            f"X-Forwarded-For: {claim}",
            f"X-Forwarded-For: {claim}",
            "X-Real-IP: 203.0.113.9",
        )
        assert status(ask(proxy, head("GET", "/", *claims), "127.0.0.7")) == 200
        lines = site.received[-1].decode().lower().split("\r\n")
        assert [each for each in lines if each.startswith("x-forwarded-for:")] == [
            "x-forwarded-for: 127.0.0.7"
        ]


@pytest.mark.abuse(133)
def test_nothing_is_heard_of_a_request_until_it_is_whole(tmp_path: Path) -> None:
    body = b"a" * 200_000
    heard: list[bytes] = []

    def talk(sock: socket.socket) -> None:
        heard.append(sock.recv(65_536))
        while not heard[-1].startswith(b"GET") and len(heard[-1]) < len(body):
            heard[-1] += sock.recv(65_536)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with (
        RawServer(talk) as upstream,
        Caddy(tmp_path, upstream.port) as proxy,
        proxy.connect() as sock,
    ):
        sock.sendall(head("POST", "/slow", f"Content-Length: {len(body)}") + body[:-1])
        assert status(ask(proxy, head("GET", "/other"))) == 200
        assert [each[:4] for each in heard] == [b"GET "]
        assert upstream.accepted == 1
        sock.sendall(body[-1:])
        assert status(answer(sock)) == 200


@pytest.mark.abuse(133)
def test_an_answer_is_taken_off_the_hands_of_the_api_before_it_is_read(tmp_path: Path) -> None:
    may_end = Event()

    def talk(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\nConnection: close\r\n\r\n")
        sock.sendall(b"a" * 199_999)
        may_end.wait(60)
        sock.sendall(b"a")

    with (
        RawServer(talk) as upstream,
        Caddy(tmp_path, upstream.port) as proxy,
        proxy.connect() as sock,
    ):
        sock.sendall(head("GET", "/large"))
        sock.settimeout(1)
        with pytest.raises(TimeoutError):
            sock.recv(1)
        may_end.set()
        sock.settimeout(60)
        assert status(answer(sock)) == 200


@pytest.mark.abuse(133)
def test_a_head_has_less_time_than_a_body(proxy: Caddy) -> None:
    begun = time.monotonic()
    with proxy.connect() as sock:
        sock.sendall(head("GET", "/unfinished")[:-2])
        answer(sock)
    # A head has 10 s, a body 20.
    assert 5 < time.monotonic() - begun < 18


@pytest.mark.abuse(133)
def test_requests_that_do_not_end_are_ended_and_others_served_meanwhile(
    proxy: Caddy, site: ScriptedSite
) -> None:
    begun = time.monotonic()
    unfinished = [
        head("POST", "/unfinished", "Content-Length: 1000") + b"a",
        head("POST", "/unfinished", "Transfer-Encoding: chunked") + b"1\r\na\r\n",
        head("GET", "/unfinished")[:-2],
        b"",
    ]
    connections = [(proxy.connect(), each) for _ in range(8) for each in unfinished]
    for sock, said in connections:
        sock.sendall(said)
    assert status(ask(proxy, head("GET", "/other"))) == 200
    for sock, _ in connections:
        said = answer(sock)
        # Old ones end it by an empty answer, which deploy/buffers-2.6 warns of.
        assert status(said) not in range(200, 300) or proxy.is_old
        sock.close()
    assert time.monotonic() - begun > 5
    assert site.requests["/unfinished"] == 0


@pytest.mark.abuse(133)
@pytest.mark.parametrize("length", [2_000_000, 99_999_999, 10**30])
def test_a_body_that_says_that_it_is_too_long_is_not_read(
    proxy: Caddy, site: ScriptedSite, length: int
) -> None:
    said = ask(proxy, head("POST", "/long", f"Content-Length: {length}"))
    assert status(said) in {400, 413}
    assert site.requests["/long"] == 0


@pytest.mark.abuse(133)
def test_one_that_does_not_say_so_is_cut_off(tmp_path: Path) -> None:
    received = bytearray()

    def talk(sock: socket.socket) -> None:
        """Answer as the API does: nothing before the body is whole."""
        while piece := sock.recv(65_536):
            received.extend(piece)
            if received.endswith(b"0\r\n\r\n"):
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with (
        RawServer(talk) as upstream,
        Caddy(tmp_path, upstream.port) as proxy,
        proxy.connect() as sock,
    ):
        sock.sendall(head("POST", "/long", "Transfer-Encoding: chunked"))
        with suppress(OSError):
            for _ in range(40):
                sock.sendall(b"10000\r\n" + b"a" * 65_536 + b"\r\n")
            sock.sendall(b"0\r\n\r\n")
        assert status(answer(sock)) not in range(200, 300)
    assert len(received) < 2_200_000


@pytest.mark.abuse(133)
def test_what_the_api_takes_passes(proxy: Caddy, site: ScriptedSite) -> None:
    body = b"a" * 1024 * 1024
    said = head("POST", "/long", f"Content-Length: {len(body)}") + body
    assert status(ask(proxy, said)) == 200
    assert site.received[-1].endswith(body[:1000])


@pytest.mark.abuse(133)
def test_a_head_that_is_too_long_is_refused(proxy: Caddy, site: ScriptedSite) -> None:
    assert status(ask(proxy, head("GET", "/long", f"X-Long: {'a' * 65_536}"))) == 431
    assert site.requests["/long"] == 0


def test_nobody_is_served_in_the_clear(proxy: Caddy, site: ScriptedSite) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), 60) as plain:
        plain.sendall(head("GET", "/plain"))
        assert status(plain.recv(1000)) == 400
    assert site.requests["/plain"] == 0


def test_who_stops_it_lets_requests_end(proxy: Caddy, site: ScriptedSite) -> None:
    site.answer = Late(200, seconds=3)
    with proxy.connect() as sock:
        sock.sendall(head("GET", "/late"))
        eventually(lambda: site.requests["/late"], seconds=30, what="the request to come in")
        proxy.ask_to_stop()
        assert status(answer(sock)) == 200
    assert proxy.ended() == 0


@pytest.mark.abuse(133)
def test_its_log_holds_no_address_that_could_be_a_secret(proxy: Caddy, site: ScriptedSite) -> None:
    site.answer = b"nonsense"
    said = ask(proxy, head("GET", f"/ping/{SECRET}", f"Authorization: Bearer {SECRET}"))
    assert status(said) == 502
    assert b"application/problem+json" in said
    assert b"caddy" not in said.lower()
    proxy.ask_to_stop()
    proxy.ended()
    assert SECRET not in proxy.log.read_text()
