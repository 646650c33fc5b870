"""Talks that no well-behaved site would hold, for `RawServer`."""

import gzip
import socket
import struct
import time
from itertools import count

from tests.servers.raw import Talk

OK = b"HTTP/1.1 200 OK\r\n"


def hear(sock: socket.socket) -> bytes:
    """Read one request head."""
    request = b""
    while b"\r\n\r\n" not in request:
        chunk = sock.recv(65_536)
        if not chunk:
            break
        request += chunk
    return request


def saying(answer: bytes) -> Talk:
    """Answer with these bytes and close."""

    def talk(sock: socket.socket) -> None:
        hear(sock)
        sock.sendall(answer)

    return talk


def silence(sock: socket.socket) -> None:
    """Accept, and say nothing until the other side gives up."""
    while sock.recv(65_536):
        pass


def endless_body(sock: socket.socket) -> None:
    hear(sock)
    sock.sendall(OK + b"\r\n")
    while True:
        sock.sendall(b"again and again " * 4096)


def dripping_body(sock: socket.socket) -> None:
    hear(sock)
    sock.sendall(OK + b"Content-Length: 1000000\r\n\r\n")
    _drip(sock, b"x")


def dripping_headers(sock: socket.socket) -> None:
    hear(sock)
    sock.sendall(OK)
    for number in count():
        _pause()
        sock.sendall(f"X-{number}: y\r\n".encode())


def endless_headers(sock: socket.socket) -> None:
    hear(sock)
    sock.sendall(OK)
    while True:
        sock.sendall(b"X-Filler: " + b"y" * 4000 + b"\r\n")


def reset(sock: socket.socket) -> None:
    """Close in the middle of an answer so that the other side gets a RST."""
    hear(sock)
    sock.sendall(OK + b"Content-Length: 100\r\n\r\nhalf")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang_up(sock: socket.socket) -> None:
    """Close without a word."""
    hear(sock)


def gzip_bomb(sock: socket.socket) -> None:
    """Send 200 kB that unpack to 200 MB."""
    hear(sock)
    body = gzip.compress(b"\0" * 200_000_000, compresslevel=1)
    sock.sendall(
        OK + f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )


def _drip(sock: socket.socket, drop: bytes) -> None:
    while True:
        sock.sendall(drop)
        _pause()


def _pause() -> None:
    time.sleep(0.05)
