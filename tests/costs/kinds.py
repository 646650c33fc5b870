"""The worst settings that each kind of probe takes, and a server that is worst for them."""

import base64
import hashlib
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import dns.message
import dns.rrset
import trustme

from probes.base import ProbeResult
from probes.engine.engine import Engine
from probes.registry import KINDS
from security.egress.guard import EgressPolicy
from tests.costs import assertions
from tests.costs.counting import Calls
from tests.probes.conftest import target_of
from tests.servers.hostile import hear
from tests.servers.http2 import frame, literal
from tests.servers.raw import RawServer, Talk

_OUR_THREADS = ("probe-engine", "async-engine")
_LONG = "x" * 1000
Settings = dict[str, Any]


def _says(*pieces: bytes) -> Talk:
    def talk(sock: socket.socket) -> None:
        sock.sendall(b"".join(pieces))
        while sock.recv(65_536):
            pass

    return talk


def _answers(body: bytes, *, status: str = "200 OK") -> Talk:
    head = "".join(f"X-{each}: {'v' * 300}\r\n" for each in range(190))

    def talk(sock: socket.socket) -> None:
        hear(sock)
        sock.sendall(
            f"HTTP/1.1 {status}\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        )
        # A body that nobody reads would reset the connection.
        while sock.recv(65_536):
            pass

    return talk


def _upgrades(*frames: bytes) -> Talk:
    def talk(sock: socket.socket) -> None:
        key = re.search(rb"Sec-WebSocket-Key: (\S+)", sock.recv(65_536))
        assert key
        digest = hashlib.sha1(key[1] + _GUID, usedforsecurity=False).digest()
        accept = b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n"
        head = b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        lists = b"Connection: " + b"x," * 2000 + b"\r\nConnection: y\r\n"
        head += lists + b"X: y\r\n" * 1900 + accept + b"\r\n"
        _says(head, *frames)(sock)

    return talk


def _answers_call(message: bytes) -> Talk:
    def talk(sock: socket.socket) -> None:
        sock.recv(65_536)
        headers = b"\x88" + literal(b"content-type", b"application/grpc")
        headers += b"".join(literal(b"x-%d" % each, b"v" * 60) for each in range(200))
        sock.sendall(frame(4, 0, 0, b"") + frame(4, 1, 0, b"") + frame(1, 4, 1, headers))
        # The window of a stream has 64 KiB at first, and libcurl widens it by itself.
        for start in range(0, len(message), 16_000):
            sock.sendall(frame(0, 0, 1, message[start : start + 16_000]))
        sock.sendall(frame(1, 5, 1, literal(b"grpc-status", b"0")))
        while sock.recv(65_536):
            pass

    return talk


_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_REPLY = b"220-" + b"y" * 900 + b"\r\n"
_FRAMES = b"\x81\x7e\x01\x00" + b"z" * 256
_DATABASE = (
    *(b"R\0\0\0\x08\0\0\0\0", b"S\0\0\0\x04" * 990, b"Z\0\0\0\x05I", b"Z\0\0\0\x05T"),
    *(b"D\0\0\xea\x6a\0\1\0\0\xea\x60" + b"\1" * 60_000, b"Z\0\0\0\x05T"),
)
"""As many messages as PostgreSQL may send, and a value of 60,000 characters."""
_EVENTS = {"events": [{"eventAction": "expiration", "eventDate": "x"}] * 4500}


@dataclass(frozen=True, slots=True)
class Worst:
    url: Callable[[int], str]
    settings: Callable[[int], Settings] = field(default=lambda _: {})
    talk: Talk = field(default_factory=_says)
    tls: ssl.SSLContext | None = None


def _greets(scheme: str, *said: bytes) -> Worst:
    settings = {"expect": _LONG[:200], "starttls": True}
    return Worst(lambda port: f"{scheme}://127.0.0.1:{port}", lambda _: settings, _says(*said))


def _context() -> ssl.SSLContext:
    """Return that of a server with a certificate for as many names as fit."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    names = (f"{each}.shop.example" for each in range(500))
    trustme.CA().issue_cert(*names).configure_cert(context)
    return context


def _steps(_port: int) -> Settings:
    """Return two steps with the worst that each may have; each is judged by itself."""
    reads = {
        "extractions": [
            *(
                {"type": "json_path", "name": f"v{each}", "path": f"$..[{_LESS}].a", "secret": True}
                for each in range(3)
            ),
            {"type": "regex", "name": "w", "pattern": "((?:[ab]*a[ab]{20}){2})"},
        ],
        "expected_status": ["100-599"] * 20,
    }
    inserts = {
        "method": "POST",
        "body_type": "json",
        "body": json.dumps(["{{w}}"] * 40 + ['"' * 20_000]),
        "headers": {f"X-{each}": "{{w}}" for each in range(3)},
    }
    return {"steps": [reads, {**reads, **inserts}]}


_LESS = "?@.a<@.b&&@.a<@.b&&@.a<@.b&&@.a<@.b"


WORST: Mapping[str, Worst] = {
    "http": Worst(
        lambda port: f"http://127.0.0.1:{port}/",
        lambda _: {
            "assertions": assertions.ALL_AT_ONCE.assertions,
            "keyword": "a" * 999 + "b",
            "keyword_mode": "absent",
            "headers": {f"X-{each}": "v" * 4096 for each in range(30)},
            "expected_status": ["100-599"] * 20,
        },
        _answers(assertions.ALL_AT_ONCE.response.body),
    ),
    "dns": Worst(
        lambda _: "dns://shop.example?type=TXT",
        lambda port: {
            "server": f"127.0.0.1:{port}",
            "expected": [f"{each}{_LONG[:490]}" for each in range(20)],
        },
    ),
    "ftp": _greets("ftp", _REPLY * 101),
    "grpc": Worst(
        lambda port: f"grpc://127.0.0.1:{port}",
        lambda _: {"service": "s" * 200},
        _answers_call(b"\0" + (1_000_000).to_bytes(4) + b"\x08" * 1_000_000),
    ),
    "icmp": Worst(lambda _: "icmp://127.0.0.1", lambda _: {"count": 10}),
    "imap": _greets("imap", b"* OK " + b"y" * 900 + b"\r\n"),
    "mqtt": Worst(
        lambda port: f"mqtt://127.0.0.1:{port}",
        lambda _: {"version": "5"},
        _says(b"\x20\x7f" * 999),
    ),
    "multistep": Worst(
        lambda port: f"http://127.0.0.1:{port}/",
        _steps,
        _answers(json.dumps([{"a": 1, "b": 2}] * 500 + ["ab" * 2000]).encode()),
    ),
    "pop3": _greets("pop3", b"+OK " + b"y" * 900 + b"\r\n"),
    "rdap": Worst(
        lambda _: "rdap:shop.example",
        lambda port: {"base_url": f"http://127.0.0.1:{port}/{'a' * 400}/"},
        _answers(json.dumps(_EVENTS).encode()),
    ),
    "redis": Worst(
        lambda port: f"redis://127.0.0.1:{port}", talk=_says(b"+" + b"x" * 4000 + b"\r\n")
    ),
    "smtp": _greets("smtp", _REPLY * 101),
    "sql": Worst(
        lambda port: f"postgresql://127.0.0.1:{port}/shop",
        lambda _: {
            "query": f"SELECT '{_LONG}'",
            "starttls": False,
            "assertions": [{"type": "value", "comparison": "contains", "value": _LONG}] * 20,
        },
        _says(*_DATABASE),
    ),
    "ssh": Worst(
        lambda port: f"ssh://127.0.0.1:{port}",
        lambda _: {"expect": _LONG[:200]},
        _says((b"y" * 200 + b"\r\n") * 200),
    ),
    "tcp": Worst(lambda port: f"tcp://127.0.0.1:{port}"),
    "tls": Worst(
        lambda port: f"tls://127.0.0.1:{port}",
        lambda _: {"host_name": ".".join(["a" * 60] * 4), "verify_tls": False},
        tls=_context(),
    ),
    "udp": Worst(
        lambda port: f"udp://127.0.0.1:{port}",
        lambda _: {"send": "ab" * 400, "expect": "ab" * 400 + "cc", "encoding": "hex"},
    ),
    "websocket": Worst(
        lambda port: f"ws://127.0.0.1:{port}/",
        lambda _: {"send": "s" * 4096, "expect": _LONG},
        _upgrades(b"\x89\x7d" + b"p" * 125, _FRAMES * 200),
    ),
}


@contextmanager
def _datagrams(port: int) -> Iterator[None]:
    """Answer each datagram on this port, a question of DNS with as many records as fit."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", port))
        sock.settimeout(30)

        def serve() -> None:
            while received := sock.recvfrom(4096):
                if received[0] == b"stop":
                    return
                sock.sendto(_datagram(received[0]), received[1])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"stop", ("127.0.0.1", port))
            thread.join(5)


def _datagram(asked: bytes) -> bytes:
    if b"shop" not in asked:
        return b"x" * 9000
    answer = dns.message.make_response(dns.message.from_wire(asked))
    texts = [f'"{each}{"y" * 240}"' for each in range(30)]
    answer.answer.append(dns.rrset.from_text("shop.example.", 60, "IN", "TXT", *texts))
    return answer.to_wire(max_size=60_000)


def checked(kind: str, *, timeout: float = 10) -> tuple[Calls, ProbeResult]:
    """Make one check by an engine of its own; return what its threads called, and what came of it."""
    worst, calls = WORST[kind], Calls()
    results: SimpleQueue[ProbeResult] = SimpleQueue()
    engine = Engine(10, EgressPolicy("any"), lambda _, result: results.put(result))
    with RawServer(worst.talk, tls=worst.tls) as server, _datagrams(server.port), _counting(calls):
        url = KINDS[kind].validate_url(worst.url(server.port))
        target = target_of(kind, url, worst.settings(server.port), timeout=timeout)
        engine.start()
        engine.submit("check", target)
        result = results.get(timeout=3 * timeout + 30)
        engine.stop(0)
    return calls, result


@contextmanager
def _counting(calls: Calls) -> Iterator[None]:
    """Count in the threads of ours that begin now."""

    def note(frame: Any, event: str, called: object) -> None:  # noqa: ANN401 - as `sys.setprofile` has it
        if threading.current_thread().name.startswith(_OUR_THREADS):
            calls.note(frame, event, called)

    threading.setprofile(note)
    try:
        yield
    finally:
        threading.setprofile(None)
