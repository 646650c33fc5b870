"""How long the API takes to list, analyse and measure monitors of an organization with many of them.

    python -m benchmarks.many_monitors [--monitors 10000] [--requests 40]

The application is asked in this process, over a Postgres with three months of outages, the roll-ups
of 24 hours of all monitors, and those of 400 days of one. Half a minute.
"""

import argparse
import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from zoneinfo import ZoneInfo

from sqlalchemy import select

from benchmarks import populations
from benchmarks.ratios import Ratio, print_table
from benchmarks.usage import cpu_seconds
from cli import migrate
from devstack.keys import new_encryption_key, new_message_key, new_signing_key
from devstack.servers.postgres import Postgres
from devstack.servers.redis import Redis
from models import Organization
from services.analytics import bars, latency_series
from tests.api.client import ApiClient

_ADDRESS = "bench@example.test"
_WARM_UP = 3
TARGETS_MS = {
    "GET /monitors by state": 100,
    "GET /analysis of 24 hours": 300,
    "GET /latency of one monitor, 90 days": 50,
    "bars and sparklines of 50 monitors": 150,
}
"""The most milliseconds that the 95th percentile may be."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--monitors", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=40)
    options = parser.parse_args()
    print_table(compare(options.monitors, options.requests))


def compare(count: int = 10_000, requests: int = 40) -> list[Ratio]:
    """Measure each, and put its 95th percentile beside the most that it may be."""
    with servers() as postgres:
        return beside(TARGETS_MS, _prepared(count), requests, postgres)


def beside(
    targets: Mapping[str, int],
    asks: Mapping[str, Callable[[], None]],
    requests: int,
    postgres: int,
) -> list[Ratio]:
    """Print the times of what is asked; return each 95th percentile beside its target."""
    found = {what: timed(ask, requests, postgres) for what, ask in asks.items()}
    for what, times in found.items():
        times.print(what)
    return [
        Ratio(f"{what}, p95", times.cuts[18], targets[what], "ms") for what, times in found.items()
    ]


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of each request, and the CPU of one on both sides."""

    taken: Sequence[float]
    python: float
    postgres: float

    @property
    def cuts(self) -> Sequence[float]:
        return quantiles(self.taken, n=20)

    def print(self, what: str) -> None:
        print(
            f"{what:<40} p50 {self.cuts[9]:6.1f} ms  p95 {self.cuts[18]:6.1f} ms"
            f"  CPU: Python {self.python:5.1f} ms, Postgres {self.postgres:5.1f} ms",
            flush=True,
        )


def timed(ask: Callable[[], None], requests: int, postgres: int) -> Times:
    for _ in range(_WARM_UP):
        ask()
    taken = []
    before = time.process_time(), cpu_seconds(postgres)
    for _ in range(requests):
        began = time.perf_counter()
        ask()
        taken.append(1000 * (time.perf_counter() - began))
    after = time.process_time(), cpu_seconds(postgres)
    python, server = (1000 * (b - a) / requests for a, b in zip(before, after, strict=True))
    return Times(taken, python, server)


@contextmanager
def servers() -> Iterator[int]:
    """Start them, and give the process of Postgres."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        postgres, redis = Postgres(directory / "postgres"), Redis(directory / "redis")
        os.environ.update(  # noqa: TID251 - the settings of this process
            {
                "DATABASE_URL": postgres.url(),
                "REDIS_URL": redis.url,
                "DOWNTIME_KEYS": new_encryption_key(),
                "DOWNTIME_MESSAGE_KEYS": new_message_key(),
                "DOWNTIME_JWT_PRIVATE_KEY": new_signing_key(),
                "DOWNTIME_ENVIRONMENT": "development",
                "DOWNTIME_RATE_LIMITS": "false",
            }
        )
        try:
            assert migrate.main([]) == 0
            pid = postgres.process.pid
            assert pid is not None
            yield pid
        finally:
            redis.stop()
            postgres.stop("immediate")


def _prepared(count: int) -> dict[str, Callable[[], None]]:
    """Make the organization and its past; return what to ask, by what is said of it."""
    # Both read the settings.
    from api.app import create_app  # noqa: PLC0415
    from config.settings import load  # noqa: PLC0415
    from models.session import act_for, api_scope, session_scope  # noqa: PLC0415

    client = ApiClient(create_app(load())).register(_ADDRESS)
    print(f"making {count} monitors …", flush=True)
    with session_scope() as session:
        organization_id = session.scalars(select(Organization.id)).one()
        populations.fill(session, organization_id, count)
    with session_scope() as session:
        session.connection().exec_driver_sql("ANALYZE")
        some = populations.first_monitors(session, organization_id, 50)

    def read(path: str, **query: object) -> None:
        assert client.get(path, **query).status_code == 200

    def draw() -> None:
        now = datetime.now(UTC)
        with api_scope() as session:
            act_for(session, organization_id)
            bars.of_monitors(
                session, organization_id, some, zone=ZoneInfo("Europe/Berlin"), now=now
            )
            ids = [monitor.id for monitor in some]
            latency_series.sparklines(session, organization_id, ids, now=now)

    # As `wsgi.py` does, so that no collection in a request scans all modules.
    gc.collect()
    gc.freeze()
    since = f"{datetime.now(UTC) - timedelta(days=90):%Y-%m-%dT%H:%M:%SZ}"
    latency = f"monitors/{some[0].public_id}/latency"
    return {
        "GET /monitors by state": lambda: read("monitors", order="state", limit=50),
        "GET /analysis of 24 hours": lambda: read("analysis"),
        "GET /latency of one monitor, 90 days": lambda: read(latency, **{"from": since}),
        "bars and sparklines of 50 monitors": draw,
    }


if __name__ == "__main__":
    main()
