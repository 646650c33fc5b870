"""A body counts as complete only if its encoding came to its end."""

import gzip
import socket
import zlib

import brotlicffi  # type: ignore[import-untyped]  # It has no types.
import pytest

from domain.evaluation.outcome import Cause, Outcome
from tests.probes.conftest import Prober
from tests.servers.hostile import OK, hear
from tests.servers.raw import RawServer, Talk

PAGE = b"Welcome to the shop. " * 200
GZIP = gzip.compress(PAGE, mtime=0)
BARE = zlib.compressobj(wbits=-15)
DEFLATE = BARE.compress(PAGE) + BARE.flush()
BROTLI = bytes(brotlicffi.compress(PAGE))


def encoded(coding: str, body: bytes, *, chunk: int = 0) -> Talk:
    head = f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def talk(sock: socket.socket) -> None:
        hear(sock)
        sock.sendall(OK + head)
        for at in range(0, len(body), chunk or len(body)):
            sock.sendall(body[at : at + (chunk or len(body))])

    return talk


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", GZIP),
        ("X-GZIP", GZIP),
        ("gzip", gzip.compress(PAGE[:100], mtime=0) + gzip.compress(PAGE[100:])),
        ("gzip", GZIP + b"\0" * 8),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", DEFLATE),
        ("br", BROTLI),
        ("identity", PAGE),
        ("deflate, gzip", gzip.compress(zlib.compress(PAGE), mtime=0)),
    ],
)
def test_a_whole_body_is_decoded(probe: Prober, coding: str, body: bytes) -> None:
    for chunk in (0, 7):
        with RawServer(encoded(coding, body, chunk=chunk)) as server:
            result = probe(
                server.url,
                assertions=[{"type": "body_size", "comparison": "==", "value": len(PAGE)}],
                keyword="Welcome to the shop.",
            )
        assert (result.outcome, result.detail) == (Outcome.UP, "")


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", GZIP[: len(GZIP) // 2]),
        ("gzip", GZIP[:-8]),
        ("gzip", GZIP[:5]),
        ("deflate", zlib.compress(PAGE)[:-4]),
        ("deflate", DEFLATE[:-2]),
        ("deflate", b"x"),
        ("br", BROTLI[:-3]),
        ("deflate, gzip", gzip.compress(zlib.compress(PAGE)[:-4], mtime=0)),
    ],
)
def test_a_body_that_is_cut_off_is_down(probe: Prober, coding: str, body: bytes) -> None:
    with RawServer(encoded(coding, body)) as server:
        result = probe(server.url)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)
    assert result.detail == "The compressed body ends too early."


@pytest.mark.parametrize(
    ("coding", "body"),
    [("br", b"\xff\xff"), ("gzip", GZIP[:-8] + b"\0" * 8), ("deflate", b"\xff" * 9)],
)
def test_a_body_that_is_not_encoded_like_that_is_down(
    probe: Prober, coding: str, body: bytes
) -> None:
    with RawServer(encoded(coding, body)) as server:
        result = probe(server.url)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)


def test_an_answer_without_a_body_may_name_an_encoding(probe: Prober) -> None:
    with RawServer(encoded("gzip", b"")) as server:
        assert probe(server.url).outcome is Outcome.UP


def test_a_length_that_no_body_can_have_is_down(probe: Prober) -> None:
    def talk(sock: socket.socket) -> None:
        hear(sock)
        sock.sendall(OK + b"Content-Length: 12345678901234567890123456\r\n\r\nok")

    with RawServer(talk) as server:
        result = probe(server.url)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)
    assert result.detail == "The Content-Length of the answer is not possible."


def test_a_body_without_a_length_ends_with_the_connection(probe: Prober) -> None:
    def talk(sock: socket.socket) -> None:
        hear(sock)
        sock.sendall(OK + b"\r\nok")

    with RawServer(talk) as server:
        assert probe(server.url, keyword="ok").outcome is Outcome.UP
