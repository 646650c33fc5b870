"""How long the API takes to list, analyse and measure monitors of an organization with many of them.

    python -m benchmarks.many_monitors [--monitors 10000] [--requests 40]

The application is asked in this process, over a Postgres with three months of outages, the roll-ups
of 24 hours of all monitors, and those of 400 days of one. Three minutes.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import quantiles
from zoneinfo import ZoneInfo

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from benchmarks.ratios import Ratio, print_table
from benchmarks.usage import cpu_seconds
from benchmarks.watching import NO_LIMITS
from cli import migrate
from devstack.keys import new_encryption_key, new_message_key, new_signing_key
from devstack.servers.postgres import Postgres
from devstack.servers.redis import Redis
from domain.analytics.rollup import DAY, HOUR, Rollup, day_of, hour_of
from domain.analytics.sketch import Sketch
from models import Monitor, MonitorDay, MonitorHour, Organization, RollupProgress
from security.vault import KeyRing
from services import quotas
from services.analytics import bars, latency_series
from services.monitors import monitors
from services.monitors.values import MonitorValues
from services.rollups import rows
from services.rollups.rows import RolledUp
from tests.api.client import ApiClient

_ADDRESS = "bench@example.test"
_AT_ONCE = 1000
_WARM_UP = 3
_DAYS = 400
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
    with _servers() as postgres:
        found = {what: _timed(ask, requests, postgres) for what, ask in _prepared(count).items()}
    for what, times in found.items():
        times.print(what)
    return [
        Ratio(f"{what}, p95", times.cuts[18], TARGETS_MS[what], "ms")
        for what, times in found.items()
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


def _timed(ask: Callable[[], None], requests: int, postgres: int) -> Times:
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
def _servers() -> Iterator[int]:
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
    for start in range(0, count, _AT_ONCE):
        wanted = [
            MonitorValues(name=f"m{n}", url=f"https://site.example.test/{n}")
            for n in range(start, min(start + _AT_ONCE, count))
        ]
        with session_scope() as session:
            _take_time(session)
            quotas.use(session, NO_LIMITS)
            monitors.create_all(
                session,
                organization_id,
                wanted,
                ring=KeyRing.parse(new_encryption_key()),
                now=datetime.now(UTC),
            )
    with session_scope() as session:
        _take_time(session)
        _fill(session)
    with session_scope() as session:
        session.connection().exec_driver_sql("ANALYZE")
        some = session.scalars(select(Monitor).order_by(Monitor.id).limit(50)).all()

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

    since = f"{datetime.now(UTC) - timedelta(days=90):%Y-%m-%dT%H:%M:%SZ}"
    latency = f"monitors/{some[0].public_id}/latency"
    return {
        "GET /monitors by state": lambda: read("monitors", order="state", limit=50),
        "GET /analysis of 24 hours": lambda: read("analysis"),
        "GET /latency of one monitor, 90 days": lambda: read(latency, **{"from": since}),
        "bars and sparklines of 50 monitors": draw,
    }


# One outage in a week and one unknown span in a month of each monitor; a few are not up now.
_PAST = (
    "UPDATE monitors SET created_at = now() - interval '400 days'",
    "UPDATE schedules SET from_slot = extract(epoch FROM now())::int - 400 * 86400",
    """
    UPDATE monitor_states SET since = now() - interval '1 hour', state = CASE
        WHEN monitor_id % 300 = 0 THEN 'down' WHEN monitor_id % 101 = 0 THEN 'degraded'
        WHEN monitor_id % 97 = 0 THEN 'unknown' ELSE 'up' END
    """,
    """
    INSERT INTO incidents (public_id, organization_id, monitor_id, severity, started_at,
        confirmed_at, ended_at, resolution, cause, detail)
    SELECT gen_random_uuid(), m.organization_id, m.id, 'down', t, t, t + interval '10 minutes',
        'recovered', 10, 'Answered 500.'
    FROM monitors m CROSS JOIN generate_series(0, 11) AS week, LATERAL (
        SELECT now() - make_interval(secs => 900 + week * 604800 + m.id * 2654435761 % 600000)
    ) AS x (t)
    """,
    """
    INSERT INTO blind_spans (monitor_id, from_slot, until_slot, organization_id)
    SELECT m.id, t - 300, t, m.organization_id
    FROM monitors m CROSS JOIN generate_series(0, 2) AS month, LATERAL (
        SELECT (extract(epoch FROM now()) - 400 - month * 2592000 - m.id * 2246822519 % 2500000)::int
    ) AS x (t)
    """,
    "UPDATE dispatch_shards SET watermark = extract(epoch FROM now()) + 86400",
)


_SAME_HOURS = text("""
    INSERT INTO monitor_hours (monitor_id, from_slot, total_us, dns_ms, connect_ms, tls_ms,
        first_byte_ms, up, degraded, down, unknown, min_us, max_us, organization_id, sketch)
    SELECT m.id, h.from_slot, total_us, dns_ms, connect_ms, tls_ms, first_byte_ms, up, degraded,
        down, unknown, min_us, max_us, h.organization_id, sketch
    FROM monitor_hours h JOIN monitors m ON m.id <> h.monitor_id
""")


def _take_time(session: Session) -> None:
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        session.execute(text(f"SET LOCAL {limit} = 0"))


def _fill(session: Session) -> None:
    for statement in _PAST:
        session.execute(text(statement))
    now = int(datetime.now(UTC).timestamp())
    ids = list(session.scalars(select(Monitor.id).order_by(Monitor.id)))
    chance = Random(7)  # noqa: S311 - no secret
    owner = session.scalars(select(Organization.id)).one()
    hours = range(hour_of(now) - DAY, hour_of(now), HOUR)
    some = [RolledUp(owner, ids[0], begin, _rolled_up(chance, 60)) for begin in hours]
    rows.replace(session, MonitorHour, [], some, low=0, high=0)
    session.execute(_SAME_HOURS)
    days = range(day_of(now) - _DAYS * DAY, day_of(now), DAY)
    long = [RolledUp(owner, ids[0], begin, _rolled_up(chance, 1440)) for begin in days]
    rows.replace(session, MonitorDay, [], long, low=0, high=0)
    session.execute(update(RollupProgress).values(until_slot=hour_of(now)))


def _rolled_up(chance: Random, checks: int) -> Rollup:
    took = [int(chance.lognormvariate(11.5, 0.25)) for _ in range(checks)]
    return Rollup(
        up=checks, total_us=sum(took), min_us=min(took), max_us=max(took), sketch=Sketch.of(took)
    )


if __name__ == "__main__":
    main()
