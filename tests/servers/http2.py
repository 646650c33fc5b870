"""A server of HTTP/2 over plain TCP that says frames which no library would send, for `RawServer`."""

import socket
import struct
from itertools import count

from tests.servers.raw import Talk

_SETTINGS, _HEADERS, _CONTINUATION, _PING = 4, 1, 9, 6
_ACKNOWLEDGED, _END_OF_HEADERS = 1, 4
_STATUS_200 = b"\x88"
"""An entry of the static table of HPACK (RFC 7541, appendix A)."""


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def literal(name: bytes, value: bytes) -> bytes:
    """Write a header that is not to be remembered (RFC 7541 §6.2.2)."""
    return b"\0" + _text(name) + _text(value)


def remembered(name: bytes, value: bytes) -> bytes:
    """Write a header that one byte stands for from here on (RFC 7541 §6.2.1)."""
    return b"\x40" + _text(name) + _text(value)


def _text(text: bytes) -> bytes:
    most = 127
    if len(text) < most:
        return bytes((len(text),)) + text
    size, rest = b"\x7f", len(text) - most
    while rest > most:
        size += bytes((rest % 128 | 128,))
        rest //= 128
    return size + bytes((rest,)) + text


def _greet(sock: socket.socket) -> None:
    sock.recv(65_536)
    sock.sendall(frame(_SETTINGS, 0, 0, b"") + frame(_SETTINGS, _ACKNOWLEDGED, 0, b""))


def header_flood(sock: socket.socket) -> None:
    """Send a header block that never ends, in one continuation after another."""
    _greet(sock)
    sock.sendall(frame(_HEADERS, 0, 1, _STATUS_200))
    for number in count():
        block = literal(b"x-%d" % number, b"y" * 4000)
        sock.sendall(frame(_CONTINUATION, 0, 1, block))


def empty_continuations(sock: socket.socket) -> None:
    _greet(sock)
    sock.sendall(frame(_HEADERS, 0, 1, _STATUS_200))
    while True:
        sock.sendall(frame(_CONTINUATION, 0, 1, b"") * 100)


def header_bomb(sock: socket.socket) -> None:
    """Send 4 KB once and stand for it with one byte 16,000 times, again and again."""
    _greet(sock)
    first = _STATUS_200 + remembered(b"x-bomb", b"y" * 4000)
    sock.sendall(frame(_HEADERS, 0, 1, first))
    while True:
        sock.sendall(frame(_CONTINUATION, 0, 1, b"\xbe" * 16_000))


def early_answers(sock: socket.socket) -> None:
    """Send answers with the status 103, and never the last one."""
    _greet(sock)
    early = literal(b":status", b"103") + literal(b"link", b"</x>" * 500)
    while True:
        sock.sendall(frame(_HEADERS, _END_OF_HEADERS, 1, early))


def pings(sock: socket.socket) -> None:
    """Ask for an answer to each of endless pings, and never listen."""
    _greet(sock)
    while True:
        sock.sendall(frame(_PING, 0, 0, b"12345678") * 100)


FLOODS: tuple[Talk, ...] = (header_flood, empty_continuations, header_bomb, early_answers, pings)
