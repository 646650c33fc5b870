"""Answers that are small on the way and large where they arrive, or never end, for `RawServer`."""

import socket
import zlib
from collections.abc import Callable
from functools import cache
from itertools import count, repeat

import brotlicffi  # type: ignore[import-untyped] # it has no types

from tests.servers.hostile import OK, hear
from tests.servers.raw import Talk

_MIB = bytes(1024 * 1024)
_UNPACKED_MIB = 200


@cache
def _gzip() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(each) for each in repeat(_MIB, _UNPACKED_MIB)) + packer.flush()


@cache
def _deflate() -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(each) for each in repeat(_MIB, _UNPACKED_MIB)) + packer.flush()


@cache
def _brotli() -> bytes:
    packer = brotlicffi.Compressor(quality=1)
    packed = b"".join(packer.process(each) for each in repeat(_MIB, _UNPACKED_MIB))
    return packed + bytes(packer.finish())


@cache
def _twice() -> bytes:
    return zlib.compress(_gzip(), 9, 31)


PACKED: dict[str, Callable[[], bytes]] = {
    "gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "gzip, gzip": _twice,
}
"""Bodies of 200 MiB, by the encodings that are named for them."""


def packed(encodings: str) -> Talk:
    return _saying(encodings, PACKED[encodings]())


def _saying(encodings: str, body: bytes) -> Talk:
    head = f"Content-Encoding: {encodings}\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def talk(sock: socket.socket) -> None:
        hear(sock)
        sock.sendall(OK + head + body)

    return talk


def packed_too_often(sock: socket.socket) -> None:
    """Name more layers than anybody unpacks."""
    _saying(", ".join(["gzip"] * 50), _twice())(sock)


def headers_of(size: int) -> Talk:
    """Answer with so many bytes of headers."""

    def talk(sock: socket.socket) -> None:
        hear(sock)
        line = b"X-Filler: " + b"y" * 988 + b"\r\n"
        sock.sendall(OK + line * (size // len(line)) + b"Content-Length: 0\r\n\r\n")

    return talk


def one_header_without_end(sock: socket.socket) -> None:
    hear(sock)
    sock.sendall(OK + b"X-Long: ")
    while True:
        sock.sendall(b"y" * 16_384)


def chunks_without_end(sock: socket.socket) -> None:
    hear(sock)
    sock.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        sock.sendall(b"4000\r\n" + b"z" * 0x4000 + b"\r\n")


def tiny_chunks_without_end(sock: socket.socket) -> None:
    hear(sock)
    sock.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        sock.sendall(b"1;extension=" + b"e" * 4000 + b"\r\nz\r\n")


def trailers_without_end(sock: socket.socket) -> None:
    hear(sock)
    sock.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\n")
    for number in count():
        sock.sendall(b"X-%d: " % number + b"y" * 4000 + b"\r\n")


def continues_without_end(sock: socket.socket) -> None:
    hear(sock)
    while True:
        sock.sendall(b"HTTP/1.1 100 Continue\r\nX-Filler: " + b"y" * 1000 + b"\r\n\r\n")


def continue_and_silence(sock: socket.socket) -> None:
    hear(sock)
    sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    while sock.recv(65_536):
        pass


def body_of_one_gibibyte(sock: socket.socket) -> None:
    hear(sock)
    sock.sendall(OK + b"Content-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n")
    for _ in range(1024):
        sock.sendall(_MIB)
