"""Clients that do not close, do not finish, or do not read take nothing from others."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer

import pytest

from tests.devstack.eventually import eventually
from tests.servers.gunicorn import LAST_REQUEST, REQUEST, Client, Server
from tests.servers.served import PIECE

CROWD = 16
"""Twice as many as there are threads."""
HEAD = b"POST /echo HTTP/1.1\r\nHost: x\r\n"
UNFINISHED = {
    "nothing": b"",
    "request line": b"GET / HT",
    "head": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "body": HEAD + b"Content-Length: 1000\r\n\r\nx",
    "chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    "trailers": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n",
    "continued": HEAD + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n",
}


@contextmanager
def at_once() -> Iterator[None]:
    """Fail if it takes seconds: where a client holds up others, it does so for tens of them."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 5


@contextmanager
def gone(clients: list[Client]) -> Iterator[None]:
    try:
        yield
    finally:
        for client in clients:
            client.close()


@pytest.mark.abuse(77)
def test_clients_that_do_not_close_hold_nobody_up(server: Server) -> None:
    clients = server.clients(40, LAST_REQUEST)
    with gone(clients), at_once():
        assert [client.hear()[0] for client in clients] == [200] * 40
        assert server.answer()[0] == 200


@pytest.mark.abuse(77)
def test_clients_far_away_whose_end_comes_later_hold_nobody_up(server: Server) -> None:
    timers = []
    with at_once():
        for _ in range(20):
            client = server.client()
            assert client.ask(LAST_REQUEST)[0] == 200
            timers.append(Timer(1, client.close))
            timers[-1].start()
    for timer in timers:
        timer.join()


@pytest.mark.abuse(78)
@pytest.mark.parametrize("what", UNFINISHED)
def test_requests_that_do_not_end_hold_no_thread(server: Server, what: str) -> None:
    with gone(server.clients(CROWD, UNFINISHED[what])), at_once():
        assert server.answer()[0] == 200
        assert server.answer(HEAD + b"Content-Length: 3\r\n\r\nabc") == (200, b"abc")


@pytest.mark.parametrize("rest", ["one", "none"])
def test_connections_that_are_kept_hold_no_thread(server: Server, rest: str) -> None:
    kept = server.clients(CROWD, REQUEST * 2 if rest == "one" else REQUEST)
    with gone(kept), at_once():
        assert [client.hear() for client in kept] == [(200, b"fine")] * CROWD
        assert server.answer()[0] == 200
        assert [client.ask()[0] for client in kept] == [200] * CROWD


@pytest.mark.abuse(78)
@pytest.mark.parametrize("what", sorted(set(UNFINISHED) - {"nothing", "continued"}))
def test_a_request_that_does_not_end_in_time_is_answered_so(hasty: Server, what: str) -> None:
    with hasty.client() as client:
        status, body = client.ask(UNFINISHED[what])
        assert status == 408
        assert json.loads(body) == {
            "type": "about:blank",
            "title": "Request Timeout",
            "status": 408,
        }
        assert client.hear_all() == b""


@pytest.mark.abuse(78)
def test_a_client_that_is_told_to_go_on_and_does_not_is_answered_so(hasty: Server) -> None:
    with hasty.client() as client:
        assert client.ask(UNFINISHED["continued"])[0] == 100
        assert client.hear()[0] == 408


@pytest.mark.abuse(78)
@pytest.mark.parametrize("begun", [b"GET /?", HEAD + b"Content-Length: 100000\r\n\r\n"])
def test_the_time_is_that_for_all_and_not_for_each_byte(hasty: Server, begun: bytes) -> None:
    with hasty.client() as client:
        client.sendall(begun)
        with suppress(OSError):
            for _ in range(500):
                client.sendall(b"x")
                time.sleep(0.02)
        assert b" 408 " in client.hear_all()


def test_a_connection_without_a_request_is_closed_without_a_word(hasty: Server) -> None:
    with hasty.client() as client:
        assert client.hear_all() == b""


def test_a_kept_connection_may_idle_longer_than_a_head_may_take(hasty: Server) -> None:
    with hasty.client() as client, hasty.client() as other:
        assert client.ask()[0] == 200
        # By when that one is closed, a head would have been, too.
        other.hear_all()
        assert client.ask()[0] == 200


@pytest.mark.abuse(79)
@pytest.mark.parametrize("path", [b"/large/8000000", b"/stream/100"])
def test_clients_that_do_not_read_hold_no_thread(server: Server, path: bytes) -> None:
    asked = b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    with gone(server.clients(CROWD, asked, buffer=4096)), at_once():
        assert server.answer()[0] == 200


@pytest.mark.abuse(79)
def test_a_client_that_does_not_read_in_time_is_cut_off(hasty: Server) -> None:
    asked = b"GET /large/8000000 HTTP/1.1\r\nHost: x\r\n\r\n"
    with hasty.client(buffer=4096) as client:
        client.sendall(asked)
        eventually(lambda: "answer_not_taken" in hasty.said(), seconds=30)
        assert len(client.hear_all()) < 8_000_000


@pytest.mark.abuse(79)
def test_what_makes_an_answer_is_ended_when_its_client_is_cut_off(hasty: Server) -> None:
    before = int(hasty.answer(b"GET /ended HTTP/1.1\r\nHost: x\r\n\r\n")[1])
    with gone(hasty.clients(3, b"GET /stream/1000 HTTP/1.1\r\nHost: x\r\n\r\n", buffer=4096)):
        eventually(
            lambda: int(hasty.answer(b"GET /ended HTTP/1.1\r\nHost: x\r\n\r\n")[1]) == before + 3,
            seconds=30,
        )


@pytest.mark.parametrize("path", [b"/stream/320", b"/large/%d" % (320 * PIECE)])
def test_a_slow_client_that_goes_on_reading_gets_all_of_a_long_answer(
    steady: Server, path: bytes
) -> None:
    with steady.client(buffer=4096) as client:
        client.sendall(b"GET " + path + b" HTTP/1.0\r\n\r\n")
        heard = 0
        # Longer than any part of it may take, and each part in less.
        ends_at = time.monotonic() + 4
        while piece := client.recv(PIECE):
            heard += len(piece)
            if time.monotonic() < ends_at:
                time.sleep(0.05)
        assert heard > 320 * PIECE
