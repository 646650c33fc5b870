"""CPU per check of the probe engine, beside a bare libcurl loop that does the same transfers.

    python -m benchmarks.probe_engine [--seconds 5] [--rate 1000] [--delay 0.45] [--tls]

Both run in this process, the site in another. The figure to watch is the ratio: it says what the
engine adds, on whatever machine.
"""

import argparse
import asyncio
import multiprocessing
import ssl
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from benchmarks.bare_libcurl import bare_libcurl_us_per_check
from benchmarks.certificates import make_certificate
from benchmarks.ratios import Ratio, print_table
from benchmarks.steady import open_directory
from probes.base import ProbeResult, Target
from probes.engine.engine import Engine
from probes.kinds.http import HttpSettings
from security.egress.guard import EgressPolicy

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


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
    engine = Engine(2000, EgressPolicy("any"), deliver, cafile=cafile)
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
    with open_directory() as directory:
        certificate = make_certificate(directory) if tls else None
        here, there = multiprocessing.Pipe()
        arguments = (delay, str(certificate.site) if certificate else None, there)
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=arguments)
        process.start()
        try:
            port = here.recv()
            scheme = "https" if tls else "http"
            authority = str(certificate.authority) if certificate else None
            yield f"{scheme}://127.0.0.1:{port}/", authority
        finally:
            process.terminate()
            process.join()


def compare(
    seconds: float = 5, rate: float = 1000, delay: float = 0.45, *, tls: bool = False
) -> list[Ratio]:
    with _site(delay, tls=tls) as (url, cafile):
        bare = bare_libcurl_us_per_check(url, seconds, rate=rate, cafile=cafile)
        ours = engine_us_per_check(url, seconds, rate=rate, cafile=cafile)
    scheme = "HTTPS" if tls else "HTTP"
    return [Ratio(f"engine alone at {rate:.0f}/s over {scheme}, beside bare libcurl", ours, bare)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=float, default=1000)
    parser.add_argument("--delay", type=float, default=0.45)
    parser.add_argument("--tls", action="store_true")
    options = parser.parse_args()
    print_table(compare(options.seconds, options.rate, options.delay, tls=options.tls))


if __name__ == "__main__":
    main()
