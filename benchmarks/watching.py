"""A stack that watches many monitors of one local site, and what it costs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from benchmarks.usage import cpu_seconds, memory_bytes
from config.limits import LEAST, USUAL
from devstack.keys import new_encryption_key
from devstack.stack import Stack
from security.vault import KeyRing
from services import quotas
from services.accounts import accounts
from services.monitors import monitors
from services.monitors.values import MonitorValues

ALONE = {
    "flower": 0,
    "demo-site": 0,
    "smtp": 0,
    "sms": 0,
    "worker-housekeeping": 0,
    "worker-exports": 0,
}
"""The counts of a stack with nothing that a check does not need."""

_TAKES_PART = ("beat", "worker-dispatch", "worker-checks", "redis", "postgres")
_AT_ONCE = 5000
AHEAD = timedelta(seconds=8)
"""Schedules begin when they are committed: slots that passed meanwhile would be looked for after half a minute."""
NO_LIMITS = {**dict.fromkeys(USUAL, 1_000_000_000), **dict.fromkeys(LEAST, 1)}
"""What an organization of a benchmark may have."""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds and, at the end, bytes of memory by process; rows by outcome code; for how long."""

    used: Mapping[str, float]
    memory: Mapping[str, int]
    rows: Mapping[str, int]
    seconds: float

    @property
    def checks(self) -> int:
        return sum(self.rows.values())

    @property
    def microseconds_per_check(self) -> float:
        return 1e6 * sum(self.used.values()) / self.checks

    def print(self) -> None:
        rate = self.checks / self.seconds
        print(f"{self.checks} checks in {self.seconds:.1f} s = {rate:.0f}/s: {dict(self.rows)}")
        for name, seconds in sorted(self.used.items(), key=lambda item: -item[1]):
            cost, memory = 1e6 * seconds / self.checks, self.memory[name] / 2**20
            print(f"  {name:<20} {cost:7.1f} us per check  {memory:6.0f} MiB")
        print(f"  {'whole pipeline':<20} {self.microseconds_per_check:7.1f} us per check")


def watch(engine: Engine, url: str, count: int, interval: int, **values: object) -> list[int]:
    """Make monitors of `url`/<number>, and return their ids in the order of the numbers."""
    now = datetime.now(UTC)
    with Session(engine) as session, session.begin():
        account = accounts.register(
            session,
            email=f"bench{time.time_ns()}@example.test",
            password="correct horse battery",  # noqa: S106 - of a database that is thrown away
            organization_name="Bench",
            now=now,
        )
        organization_id = account.organization.id
    # Sites have nothing to seal, so any key will do.
    ring, ids = KeyRing.parse(new_encryption_key()), list[int]()
    for start in range(0, count, _AT_ONCE):
        wanted = [
            MonitorValues(name=f"m{n}", url=f"{url}/{n}", interval_seconds=interval, **values)  # type: ignore[arg-type] # checked at run time
            for n in range(start, min(start + _AT_ONCE, count))
        ]
        with Session(engine) as session, session.begin():
            now = datetime.now(UTC) + AHEAD
            quotas.use(session, NO_LIMITS)
            made = monitors.create_all(session, organization_id, wanted, ring=ring, now=now)
            ids += [view.monitor.id for view in made]
    return ids


def measure(stack: Stack, engine: Engine, seconds: float) -> Cost:
    pids = {
        name: process.pid
        for name, process in stack.processes.items()
        if name.split(".")[0] in _TAKES_PART
    }
    began, rows_before = time.monotonic(), _rows(engine)
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    time.sleep(seconds)
    used = {name: cpu_seconds(pid) - before[name] for name, pid in pids.items()}
    memory = {name: memory_bytes(pid) for name, pid in pids.items()}
    rows = {name: count - rows_before.get(name, 0) for name, count in _rows(engine).items()}
    return Cost(used, memory, rows, time.monotonic() - began)


def missing_rows(engine: Engine, began: int, ended: int) -> int:
    """Count the regular checks that were due in a stretch of time and have no row."""
    query = text("""
        SELECT count(*) FROM schedules s
        CROSS JOIN LATERAL generate_series(
            :began + ((s.phase - :began) % s.interval_seconds + s.interval_seconds)
                % s.interval_seconds, :ended - 1, s.interval_seconds) AS slot
        WHERE NOT EXISTS (
            SELECT FROM check_results c WHERE c.monitor_id = s.monitor_id AND c.slot = slot)
    """)
    with engine.connect() as connection:
        connection.execute(text("SET statement_timeout = '120s'"))
        return int(connection.scalar(query, {"began": began, "ended": ended}) or 0)


def bytes_per_check(engine: Engine) -> float:
    """Return what a check takes in Postgres: its row with all indexes, free space included."""
    query = text("""
        SELECT sum(pg_total_relation_size(relid)) / (SELECT count(*) FROM check_results)
        FROM pg_partition_tree('check_results') WHERE isleaf
    """)
    with engine.connect() as connection:
        return float(connection.scalar(query) or 0)


def _rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT outcome::text, count(*) AS rows FROM check_results GROUP BY outcome")
        )
        return {row.outcome: row.rows for row in found}
