"""A server of MySQL's protocol that says what a test likes, for `RawServer`."""

import socket
import struct
from collections.abc import Callable

from tests.servers.raw import Talk

NONCE = bytes(range(1, 21))
OK = b"\0\0\0\2\0\0\0"
END = b"\xfe\0\0\2\0"


def packet(number: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes((number % 256,)) + payload


def greeting(method: bytes, *, can: int = 0xFFFF_F7FF, version: bytes = b"8.4.0") -> bytes:
    """Write what a server says first; by default it can do everything but TLS."""
    middle = struct.pack("<HBHHB10x", can & 0xFFFF, 45, 2, can >> 16, len(NONCE) + 1)
    start = b"\x0a" + version + b"\0" + bytes(4) + NONCE[:8] + b"\0"
    return packet(0, start + middle + NONCE[8:] + b"\0" + method + b"\0")


def error(number: int, state: bytes, said: bytes) -> bytes:
    return b"\xff" + struct.pack("<H", number) + b"#" + state + said


def text(value: bytes) -> bytes:
    return bytes((len(value),)) + value


def column(kind: int) -> bytes:
    names = text(b"def") + text(b"") * 3 + text(b"name") + text(b"")
    return names + b"\x0c" + struct.pack("<HIBHBxx", 45, 20, kind, 0, 0)


def table(kind: int, *rows: bytes) -> list[bytes]:
    """Return the packets of an answer with one column."""
    return [b"\1", column(kind), END, *rows, END]


def heard(sock: socket.socket) -> bytes:
    """Return the next packet of the client, without its header."""
    head = _exactly(sock, 4)
    return _exactly(sock, int.from_bytes(head[:3], "little"))


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise ValueError("The client has gone.")
        data += more
    return data


def hang_up(_: socket.socket) -> None:
    """Say nothing more."""


def logging_in(method: bytes, *steps: Callable[[bytes], bytes | None], after: Talk) -> Talk:
    """Greet, answer each packet of the login by a step, and go on with `after`."""

    def talk(sock: socket.socket) -> None:
        sock.sendall(greeting(method))
        number = 1
        for step in steps:
            answer = step(heard(sock))
            number += 1
            if answer is not None:
                sock.sendall(packet(number, answer))
                number += 1
        after(sock)

    return talk


def answering(*answers: list[bytes]) -> Talk:
    """Answer each command by the packets of an answer; the first ones prepare the query."""

    def talk(sock: socket.socket) -> None:
        for answer in ([OK], [OK], *answers):
            heard(sock)
            sock.sendall(b"".join(packet(n + 1, each) for n, each in enumerate(answer)))
        while sock.recv(65_536):
            pass

    return talk
