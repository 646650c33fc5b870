"""CPU per check of the probe engine, beside a bare libcurl loop that does the same transfers.

    python -m benchmarks.probe_engine [--seconds 5] [--rate 1000] [--delay 0.45] [--tls]

Both run in this process, the site in another. The figure to watch is the ratio: it says what the
engine adds, on whatever machine.
"""

import argparse
import asyncio
import multiprocessing
import select
import ssl
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pycurl
import trustme

from probes.base import ProbeResult, Target
from probes.engine import Engine
from probes.http import HttpSettings
from security.egress import Policy

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def bare_libcurl_us_per_check(
    url: str, seconds: float, *, rate: float = 1000, cafile: str | None = None
) -> float:
    """Return the CPU microseconds that a minimal multi loop on epoll takes for each transfer."""
    return _BareLoop(url, cafile).run(seconds, rate)


class _BareLoop:
    def __init__(self, url: str, cafile: str | None) -> None:
        self._epoll = select.epoll()
        self._wanted_at: float | None = None
        self._known: set[int] = set()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._free = [_bare_handle(url, cafile) for _ in range(2000)]
        self._busy = 0
        self._done = 0

    def run(self, seconds: float, rate: float) -> float:
        started, cpu = time.monotonic(), time.process_time()
        sent = 0
        while (elapsed := time.monotonic() - started) < seconds or self._busy:
            while elapsed < seconds and sent < elapsed * rate and self._free:
                sent += 1
                self._busy += 1
                self._multi.add_handle(self._free.pop())
            self._turn()
        return (time.process_time() - cpu) / self._done * 1e6

    def _turn(self) -> None:
        wait = 0.01
        if self._wanted_at is not None:
            wait = max(0.0, min(wait, self._wanted_at - time.monotonic()))
        for descriptor, event in self._epoll.poll(wait, 128):
            readable = event & ~select.EPOLLOUT != 0
            self._multi.socket_action(descriptor, readable | (event & select.EPOLLOUT and 2))
        if self._wanted_at is not None and time.monotonic() >= self._wanted_at:
            self._wanted_at = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        more = 1
        while more:
            more, well, badly = self._multi.info_read()
            if badly:
                raise RuntimeError(f"A transfer failed: {badly[0][1:]}")
            for curl in well:
                self._multi.remove_handle(curl)
                self._free.append(curl)
                self._busy -= 1
                self._done += 1

    def _watch(self, what: int, descriptor: int, _multi: object, _data: object) -> None:
        if what == pycurl.POLL_REMOVE:
            self._known.discard(descriptor)
            with suppress(OSError):
                self._epoll.unregister(descriptor)
        elif descriptor in self._known:
            self._epoll.modify(descriptor, _mask(what))
        else:
            self._known.add(descriptor)
            self._epoll.register(descriptor, _mask(what))

    def _set_timer(self, milliseconds: int) -> None:
        self._wanted_at = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000


def _mask(what: int) -> int:
    return (what & pycurl.POLL_IN and select.EPOLLIN) | (what & pycurl.POLL_OUT and select.EPOLLOUT)


def _bare_handle(url: str, cafile: str | None) -> pycurl.Curl:
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.FRESH_CONNECT, 1)
    curl.setopt(pycurl.FORBID_REUSE, 1)
    curl.setopt(pycurl.SSL_SESSIONID_CACHE, 0)
    curl.setopt(pycurl.WRITEFUNCTION, len)
    if cafile:
        curl.setopt(pycurl.CAINFO, cafile)
    return curl


def engine_us_per_check(
    url: str, seconds: float, *, rate: float = 1000, cafile: str | None = None
) -> float:
    """Return the CPU microseconds that the engine takes for each check, submission included."""
    done: Counter[str] = Counter()

    def deliver(_key: object, result: ProbeResult) -> None:
        done[result.detail] += 1

    target = Target(
        kind="http",
        url=url,
        timeout_seconds=10,
        latency_threshold_ms=None,
        settings=HttpSettings(),
    )
    engine = Engine(2000, Policy("any"), deliver, cafile=cafile)
    engine.start()
    started, cpu = time.monotonic(), time.process_time()
    sent = 0
    while (elapsed := time.monotonic() - started) < seconds:
        while sent < elapsed * rate:
            sent += 1
            engine.submit(sent, target)
        time.sleep(0.01)
    engine.stop(10)
    spent = time.process_time() - cpu
    if done[""] < sent:
        raise RuntimeError(f"Some checks failed: {done}")
    return spent / sent * 1e6


class _Site(asyncio.Protocol):
    def __init__(self, delay: float) -> None:
        self._delay = delay

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 - the name is asyncio's
        asyncio.get_running_loop().call_later(self._delay, self._answer)

    def _answer(self) -> None:
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.write(_ANSWER)


def _serve(delay: float, certificate: str | None, ready: Connection) -> None:
    async def forever() -> None:
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
        server = await asyncio.get_running_loop().create_server(
            lambda: _Site(delay), "127.0.0.1", 0, backlog=4096, ssl=context
        )
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(forever())


@contextmanager
def _site(delay: float, *, tls: bool) -> Iterator[tuple[str, str | None]]:
    """Run a site in a process of its own; give its address and the file of its authority."""
    with tempfile.TemporaryDirectory() as name:
        authority, certificate = Path(name, "ca.pem"), Path(name, "site.pem")
        if tls:
            ca = trustme.CA()
            ca.cert_pem.write_to_path(str(authority))
            ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
                str(certificate)
            )
        here, there = multiprocessing.Pipe()
        arguments = (delay, str(certificate) if tls else None, there)
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=arguments)
        process.start()
        try:
            port = here.recv()
            scheme = "https" if tls else "http"
            yield f"{scheme}://127.0.0.1:{port}/", str(authority) if tls else None
        finally:
            process.terminate()
            process.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=float, default=1000)
    parser.add_argument("--delay", type=float, default=0.45)
    parser.add_argument("--tls", action="store_true")
    options = parser.parse_args()
    with _site(options.delay, tls=options.tls) as (url, cafile):
        bare = bare_libcurl_us_per_check(url, options.seconds, rate=options.rate, cafile=cafile)
        ours = engine_us_per_check(url, options.seconds, rate=options.rate, cafile=cafile)
    print(f"bare libcurl {bare:.0f} µs/check, engine {ours:.0f} µs/check, {ours / bare:.2f} times")


if __name__ == "__main__":
    main()
