"""What our worker of gunicorn costs beside gunicorn's own with threads: `GET /healthz` of the API.

    python -m benchmarks.serving [--requests 8000] [--connections 8] [--rounds 5]

Both are served at the same time and asked in turns, over connections that are kept and over a new one
for each request. No database is needed; ten seconds a round.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.ratios import Ratio, print_table
from benchmarks.usage import cpu_seconds

_ROOT = Path(__file__).resolve().parent.parent
_WORKERS = {"ours": "server.worker.Worker", "other": "gthread"}
_SECONDS_TO_START = 60
_KEPT = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
_ONCE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Load:
    requests: int = 8_000
    connections: int = 8
    rounds: int = 5


@dataclass(slots=True)
class Figures:
    """What each round came to."""

    per_second: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("requests", "connections", "rounds"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Load(), name))
    print_table(compare(Load(**vars(parser.parse_args()))))


def compare(load: Load | None = None) -> list[Ratio]:
    """Measure both workers, and put one beside the other."""
    load = load or Load()
    with ExitStack() as stack:
        ports = {side: stack.enter_context(_served(worker)) for side, worker in _WORKERS.items()}
        ratios = []
        for what, ask in (("kept connections", _ask_on_one), ("new connections", _ask_on_many)):
            figures = {side: Figures() for side in _WORKERS}
            for _ in range(load.rounds):
                for side, (port, pid) in ports.items():
                    _round(figures[side], partial(ask, port), pid, load)
            ours, other = figures["ours"], figures["other"]
            ratios += [
                Ratio(f"{what}, requests/s", median(ours.per_second), median(other.per_second), ""),
                Ratio(f"{what}, CPU per request", min(ours.cpu_us), min(other.cpu_us)),
            ]
    return ratios


def _round(figures: Figures, ask: partial[None], pid: int, load: Load) -> None:
    each = load.requests // load.connections
    began, cpu = time.perf_counter(), cpu_seconds(pid)
    with ThreadPoolExecutor(load.connections) as clients:
        for done in [clients.submit(ask, each) for _ in range(load.connections)]:
            done.result()
    figures.per_second.append(each * load.connections / (time.perf_counter() - began))
    figures.cpu_us.append((cpu_seconds(pid) - cpu) / (each * load.connections) * 1e6)


def _ask_on_one(port: int, count: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for _ in range(count):
            connection.sendall(_KEPT)
            said = connection.recv(65_536)
            while not said.endswith(b"}\n"):
                said += connection.recv(65_536)
            assert said.startswith(b"HTTP/1.1 200 "), said


def _ask_on_many(port: int, count: int) -> None:
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(_ONCE)
            said = b"".join(iter(partial(connection.recv, 65_536), b""))
            assert said.startswith(b"HTTP/1.1 200 "), said


@contextmanager
def _served(worker: str) -> Iterator[tuple[int, int]]:
    """Serve the API with it; give its port and process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = ["--config", "deploy/gunicorn.conf.py", "--worker-class", worker, "wsgi:app"]
    process = subprocess.Popen(
        [Path(sys.executable).with_name("gunicorn"), *command],
        cwd=_ROOT,
        env=_environment(port),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def _environment(port: int) -> dict[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    nowhere = {
        "DATABASE_URL": "postgresql+psycopg2://nobody@127.0.0.1:9/none",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "DOWNTIME_KEYS": "bench:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "DOWNTIME_MESSAGE_KEYS": "bench:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "DOWNTIME_JWT_PRIVATE_KEY": secret,
        "DOWNTIME_BIND": f"127.0.0.1:{port}",
    }
    return {**os.environ, **nowhere}  # noqa: TID251 - a process of its own


def _wait_for(port: int) -> None:
    ends_at = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < ends_at:
        with suppress(OSError):
            _ask_on_many(port, 1)
            return
        time.sleep(0.1)
    raise SystemExit("The API did not start.")


if __name__ == "__main__":
    main()
