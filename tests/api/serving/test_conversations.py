"""What HTTP/1 allows and what it does not, said to a real gunicorn in any number of pieces."""

import json

import pytest

from server.serving.limits import LARGEST_BODY, LARGEST_HEAD
from tests.servers.gunicorn import LAST_REQUEST, REQUEST, Server

POST = b"POST /echo HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
EXPECTING = POST + b"Expect: 100-continue\r\n"


def test_requests_that_come_together_are_answered_one_after_the_other(server: Server) -> None:
    asked = b"".join(
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%d" % (len(str(n)), n)
        for n in range(1000)
    )
    with server.client() as client:
        client.sendall(asked)
        assert [client.hear() for _ in range(1000)] == [(200, b"%d" % n) for n in range(1000)]


@pytest.mark.parametrize(
    "asked",
    [
        REQUEST,
        POST + b"Content-Length: 4\r\n\r\nfine",
        CHUNKED + b"1\r\nf\r\n3;name=value\r\nine\r\n0\r\n\r\n",
        CHUNKED + b"4\r\nfine\r\n0\r\nChecksum: value\r\n\r\n",
        b"\r\n" + REQUEST,
    ],
)
def test_a_request_may_come_byte_by_byte(server: Server, asked: bytes) -> None:
    with server.client() as client:
        for _ in range(2):
            for byte in asked:
                client.sendall(bytes([byte]))
            assert client.hear() == (200, b"fine")


def test_a_large_body_comes_through_whole(server: Server) -> None:
    body = bytes(range(256)) * (LARGEST_BODY // 256)
    with server.client() as client:
        client.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body))
        assert client.ask(body) == (200, body)
        client.sendall(CHUNKED)
        for start in range(0, len(body), 1000):
            piece = body[start : start + 1000]
            client.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        assert client.ask(b"0\r\n\r\n") == (200, body)


def test_a_client_that_waits_for_a_word_before_the_body_gets_it_once(server: Server) -> None:
    with server.client() as client:
        assert client.ask(EXPECTING + b"Content-Length: 4\r\n\r\n")[0] == 100
        assert client.ask(b"fine") == (200, b"fine")
        # It did not wait.
        assert client.ask(EXPECTING + b"Content-Length: 4\r\n\r\nfine") == (200, b"fine")


def test_a_body_that_is_not_taken_is_refused_before_it_is_sent(server: Server) -> None:
    with server.client() as client:
        status, body = client.ask(EXPECTING + b"Content-Length: %d\r\n\r\n" % (LARGEST_BODY + 1))
    assert status == 413
    assert json.loads(body)["status"] == 413


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_client_that_sends_too_much_learns_it(server: Server, framing: str) -> None:
    """Though it reads only once all of it is sent, and nobody wants that."""
    length = 3 * LARGEST_BODY
    begun = (
        b"Content-Length: %d\r\n\r\n"
        if framing == "length"
        else b"Transfer-Encoding: chunked\r\n\r\n%x\r\n"
    )
    with server.client() as client:
        client.sendall(POST + begun % length)
        client.sendall(bytes(length))
        assert client.hear()[0] == 413


@pytest.mark.parametrize(
    ("asked", "stays"),
    [
        (REQUEST, True),
        (LAST_REQUEST, False),
        (b"GET / HTTP/1.0\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
        (b"HEAD / HTTP/1.0\r\n\r\n", False),
    ],
)
def test_a_connection_stays_open_when_the_client_may_expect_it(
    server: Server,
    asked: bytes,
    stays: bool,  # noqa: FBT001 - a case
) -> None:
    with server.client() as client:
        if stays:
            assert client.ask(asked)[0] == 200
            assert client.ask()[0] == 200
        else:
            client.sendall(asked)
            assert client.hear_all().startswith(
                b"HTTP/1.0 200 OK" if b"/1.0" in asked else b"HTTP/1.1 200 OK"
            )


def test_a_client_that_says_no_more_is_answered_all_the_same(server: Server) -> None:
    with server.client() as client:
        client.sendall(REQUEST * 3)
        client.shutdown(1)
        assert client.hear_all().count(b"200 OK") == 3


@pytest.mark.parametrize(
    "begun", [b"", b"GET / HT", POST + b"Content-Length: 5\r\n\r\nhalf", CHUNKED + b"5\r\nhalf"]
)
def test_half_a_request_is_none(server: Server, begun: bytes) -> None:
    with server.client() as client:
        client.sendall(begun)
        client.shutdown(1)
        assert client.hear_all() == b""


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (b"GET / HTTP/1.1\nHost: x\n\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\nMore: x", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"\r\n\r\n" + REQUEST, 400),
        (POST + b"Content-Length: -1\r\n\r\n", 400),
        (POST + b"Content-Length: +1\r\n\r\nx", 400),
        (POST + b"Content-Length: 1_0\r\n\r\nx", 400),
        (POST + b"Content-Length: \xb2\r\n\r\nxx", 400),
        (POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
        (POST + b"Content-Length: 1, 1\r\n\r\nx", 400),
        (POST + b"Content-Length: " + b"9" * 4000 + b"\r\n\r\nx", 413),
        (POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nx", 400),
        (POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: gzip\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (CHUNKED + b"x\r\n", 400),
        (CHUNKED + b"-1\r\n", 400),
        (CHUNKED + b"0x1\r\nx\r\n0\r\n\r\n", 400),
        (CHUNKED + b"\r\n", 400),
        (CHUNKED + b"1\nx\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1\r\nxx\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1\r\nx\r\n0\r\nContent-Length: 1\r\n\r\n", 400),
        (CHUNKED + b"f" * 100 + b"\r\n", 413),
        (b"GET /" + b"x" * 5000, 414),
        (b"x" * 5000, 414),
        (b"GET / HTTP/1.1\r\n" + b"A: x\r\n" * 101 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"A: %s\r\n" % (b"x" * 9000) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"A: x" + b"x" * LARGEST_HEAD, 431),
        (EXPECTING.replace(b"100-continue", b"tea") + b"Content-Length: 1\r\n\r\nx", 417),
        (POST + b"Transfer-Encoding: tea\r\n\r\n", 501),
    ],
)
def test_what_is_no_request_is_refused_at_once(server: Server, asked: bytes, status: int) -> None:
    with server.client() as client:
        answered, body = client.ask(asked)
        assert (answered, json.loads(body)["status"]) == (status, status)
    assert server.answer()[0] == 200


@pytest.mark.parametrize("path", [b"/breaks/0", b"/breaks/1", b"/breaks/50"])
def test_an_answer_that_breaks_off_does_not_look_whole(server: Server, path: bytes) -> None:
    with server.client() as client:
        client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        said = client.hear_all()
    assert b" 500 " in said if path.endswith(b"/0") else not said.endswith(b"0\r\n\r\n")
    assert server.answer()[0] == 200
