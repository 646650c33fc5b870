"""CPU per check over the whole pipeline, and how many times the bare libcurl loop that is.

The stack is the one that users run. Monitors of a local site are checked at a steady rate; the
processor time of everything that takes part is divided by the rows that were written.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from benchmarks.probe_engine import bare_libcurl_us_per_check
from benchmarks.site import site_process
from benchmarks.usage import cpu_seconds
from devstack.stack import Stack
from models.session import make_engine
from services import accounts, monitors
from services.monitor_values import MonitorValues

INTERVAL = 5
WARM_UP_SECONDS = 10
TAKES_PART = ("beat", "worker-dispatch", "worker-checks", "redis", "postgres")
ALONE = {"flower": 0, "demo-site": 0, "smtp": 0, "sms": 0, "worker-maintenance": 0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=500, help="checks per second")
    parser.add_argument("--seconds", type=int, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, site_process() as url:
        Path(directory).chmod(0o755)
        bare = bare_libcurl_us_per_check(url, 5)
        with Stack(Path(directory) / "stack", counts=ALONE) as stack:
            engine = make_engine(stack.environment["DATABASE_URL"])
            _watch(engine, url, options.rate * INTERVAL)
            time.sleep(WARM_UP_SECONDS)
            _report(*_measure(stack, engine, options.seconds), bare)
            engine.dispose()


def _watch(engine: Engine, url: str, count: int) -> None:
    now = datetime.now(UTC)
    with Session(engine) as session, session.begin():
        account = accounts.register(
            session,
            email="bench@example.test",
            password="correct horse battery",  # noqa: S106 - of a database that is thrown away
            organization_name="Bench",
            now=now,
        )
        wanted = [
            MonitorValues(name=f"m{number}", url=f"{url}/{number}", interval_seconds=INTERVAL)
            for number in range(count)
        ]
        monitors.create_all(session, account.organization.id, wanted, now=now)


def _measure(
    stack: Stack, engine: Engine, seconds: int
) -> tuple[Mapping[str, float], Mapping[str, int], float]:
    """Return the CPU seconds by process, the rows by outcome, and the elapsed seconds."""
    pids = {
        name: process.pid
        for name, process in stack.processes.items()
        if name.split(".")[0] in TAKES_PART
    }
    began, rows_before = time.monotonic(), _rows(engine)
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    time.sleep(seconds)
    used = {name: cpu_seconds(pid) - before[name] for name, pid in pids.items()}
    rows_after = _rows(engine)
    rows = {name: rows_after[name] - rows_before.get(name, 0) for name in rows_after}
    return used, rows, time.monotonic() - began


def _rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT outcome::text, count(*) AS rows FROM check_results GROUP BY outcome")
        )
        return {row.outcome: row.rows for row in found}


def _report(
    used: Mapping[str, float], rows: Mapping[str, int], elapsed: float, bare: float
) -> None:
    checks = sum(rows.values())
    print(f"{checks} checks in {elapsed:.1f} s = {checks / elapsed:.0f}/s, by outcome {dict(rows)}")
    for name, seconds in sorted(used.items(), key=lambda item: -item[1]):
        print(f"  {name:<20} {1e6 * seconds / checks:7.1f} us per check")
    total = 1e6 * sum(used.values()) / checks
    print(f"  {'whole pipeline':<20} {total:7.1f} us per check")
    print(f"  {'bare libcurl loop':<20} {bare:7.1f} us per check")
    print(f"  the pipeline is {total / bare:.1f} times the bare loop")


if __name__ == "__main__":
    main()
