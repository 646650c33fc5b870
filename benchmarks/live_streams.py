"""How soon 2,000 open streams hear of a change, what they cost, and what the API feels of them.

    python -m benchmarks.live_streams [--streams 2000] [--changes 30]

A stack without workers holds the streams of two organizations, again and again. The API is asked for
a page without them and with them, and may take a tenth longer. Changes are committed and published
as a request does it. A stream has heard of one when its bytes are read here, by one thread on the
same cores.
"""

import argparse
import json
import re
import resource
import selectors
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from threading import Thread

import psutil
from redis import Redis
from sqlalchemy.orm import Session

from benchmarks.ratios import Ratio, print_table
from devstack.roles import ROLES
from devstack.stack import Stack
from models.session import make_engine
from services.accounts import accounts, browser_sessions
from services.accounts.sessions import Origin
from services.after_commit import hints
from tasks.hints import Publisher

_PER_SESSION = 10
_PER_ADDRESS = 400
_ROUNDS = 4
"""The API is asked without the streams and with them in turns, so that other work slows both."""
_REQUESTS = 100
_SETTLING_SECONDS = 0.5
_MOST_MS, _MOST_MB = 2000, 120
_HINT = re.compile(rb"data: (\{\"v\".*?\})\n\n")
_KEPT = {"api", "live", "migrate"}


@dataclass(frozen=True, slots=True)
class Reader:
    organization_id: int
    cookie: str


class Streams:
    """The open streams, read by one thread, with the moment at which each hint came."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._selector = selectors.DefaultSelector()
        self._opened = ExitStack()
        self._is_over = False
        self.heard: list[tuple[int, int, float]] = []
        self._thread = Thread(target=self._read, daemon=True)

    def open(self, readers: Sequence[Reader], origin: str) -> None:
        for number, reader in enumerate(readers):
            stream = self._opened.enter_context(socket.socket())
            stream.bind((f"127.0.0.{1 + number // _PER_ADDRESS}", 0))
            stream.connect(("127.0.0.1", self._port))
            said = f"Host: x\r\nOrigin: {origin}\r\nCookie: session={reader.cookie}"
            stream.sendall(f"GET /live/events HTTP/1.1\r\n{said}\r\n\r\n".encode())
            stream.settimeout(0)
            self._selector.register(stream, selectors.EVENT_READ, reader.organization_id)
        self._thread.start()

    def close(self) -> None:
        self._is_over = True
        self._thread.join()
        self._opened.close()

    def _read(self) -> None:
        while not self._is_over:
            for key, _ in self._selector.select(0.2):
                assert isinstance(key.fileobj, socket.socket)
                said = key.fileobj.recv(65_536)
                now = time.perf_counter()
                assert said, "The hub ended a stream."
                for found in _HINT.findall(said):
                    self.heard.append((key.data, json.loads(found)["v"], now))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=2000)
    parser.add_argument("--changes", type=int, default=30)
    given = parser.parse_args()
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(files, 2 * given.streams + 500), files))
    counts = {role.name: 0 for role in ROLES if role.name not in _KEPT}
    with tempfile.TemporaryDirectory() as name:
        stack = Stack(
            Path(name),
            counts=counts,
            settings={"DOWNTIME_RATE_LIMITS": "false"},
            # A program of its own, as in a deployment: the stack would fork it from another one.
            settings_of={"live.1": {"PYTHONHASHSEED": "0"}},
        )
        stack.start()
        try:
            stack.wait_ready()
            print_table(_measure(stack, given.streams, given.changes))
        finally:
            stack.stop()


def _measure(stack: Stack, count: int, changes: int) -> list[Ratio]:
    assert stack.postgres
    engine = make_engine(stack.postgres.url())
    with Session(engine) as session, session.begin():
        readers = [each for number in (1, 2) for each in _readers(session, number, count // 2)]
    engine.dispose()
    print(f"hub without streams: {_memory(stack):.0f} MB")
    _ask(stack, readers[0])
    alone: list[float] = []
    beside: list[float] = []
    delays: list[float] = []
    for _ in range(_ROUNDS):
        alone += _ask(stack, readers[0])
        with _opened(stack, readers) as streams:
            beside += _ask(stack, readers[0])
            for _ in range(-(-changes // _ROUNDS)):
                delays += _change(stack, streams, readers)
            memory = _memory(stack)
    print(f"API of {len(alone)} requests each, median: {median(alone):.1f} ms without streams,")
    print(f"    {median(beside):.1f} ms with {count}")
    print(f"commit to received, {len(delays)} hints: p50 {median(delays):.3f} s,")
    print(f"    p95 {_p95(delays):.3f} s, most {max(delays):.3f} s")
    return [
        Ratio(f"API, p95: with {count} streams, without", _p95(beside), _p95(alone), "ms"),
        Ratio("commit to received, p95", 1000 * _p95(delays), _MOST_MS, "ms"),
        Ratio(f"memory of the hub with {count} streams", memory, _MOST_MB, "MB"),
    ]


def _p95(taken: Sequence[float]) -> float:
    return quantiles(taken, n=20, method="inclusive")[18]


@contextmanager
def _opened(stack: Stack, readers: Sequence[Reader]) -> Iterator[Streams]:
    """Hold a stream for each reader, all of which have heard the present version."""
    live = stack.environment["DOWNTIME_LIVE_URL"]
    streams = Streams(int(live.rpartition(":")[2]))
    streams.open(readers, stack.environment["DOWNTIME_PUBLIC_URL"])
    try:
        while len(streams.heard) < len(readers):
            time.sleep(0.1)
        yield streams
    finally:
        streams.close()
        # Their places are free again once the hub has noticed.
        while len(_hub(stack).net_connections()) > len(readers) // 2:
            time.sleep(_SETTLING_SECONDS)


def _readers(session: Session, number: int, count: int) -> list[Reader]:
    """Make an organization, and sessions for so many streams of it."""
    now = datetime.now(UTC)
    opened = accounts.found(
        session,
        email=f"reader{number}@example.test",
        password_hash="",
        organization_name="Shop",
        now=now,
    )
    origin = Origin("127.0.0.1", "benchmark")
    begun = [
        browser_sessions.begin(session, opened.user, opened.organization, origin, now=now)
        for _ in range(-(-count // _PER_SESSION))
    ]
    return [Reader(opened.organization.id, begun[n // _PER_SESSION].cookie) for n in range(count)]


def _change(stack: Stack, streams: Streams, readers: Sequence[Reader]) -> list[float]:
    """Commit a change of each organization, and return how long each stream waited for its hint."""
    assert stack.postgres
    assert stack.redis
    organizations = {each.organization_id for each in readers}
    engine = make_engine(stack.postgres.url(), pool_size=1)
    before = len(streams.heard)
    with Redis.from_url(stack.redis.url_of("api")) as redis, Session(engine) as session:
        for organization_id in organizations:
            hints.note(session, organization_id, "monitors")
        session.commit()
        committed = time.perf_counter()
        Publisher(lambda: redis).publish(hints.take(session))
    engine.dispose()
    while len(streams.heard) < before + len(readers):
        time.sleep(0.05)
    # The pause between two hints of an organization.
    time.sleep(0.6)
    return [moment - committed for _, _, moment in streams.heard[before:]]


def _ask(stack: Stack, reader: Reader) -> list[float]:
    """Return the milliseconds that the API takes for each of some pages."""
    took = []
    connection = HTTPConnection(stack.address("api").removeprefix("http://"))
    for _ in range(_REQUESTS):
        began = time.perf_counter()
        connection.request("GET", "/deliveries", headers={"Cookie": f"session={reader.cookie}"})
        response = connection.getresponse()
        response.read()
        assert response.status == 200, response.status
        took.append(1000 * (time.perf_counter() - began))
    connection.close()
    return took


def _memory(stack: Stack) -> float:
    """Return the resident memory of the process with the streams, in MB."""
    return _hub(stack).memory_info().rss / 1e6


def _hub(stack: Stack) -> psutil.Process:
    """Return the process with the streams, which is the larger one of its program."""
    program = psutil.Process(stack.processes["live.1"].pid)
    return max(program.children(), key=lambda each: each.memory_info().rss)


if __name__ == "__main__":
    main()
