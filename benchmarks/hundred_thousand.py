"""Watch 100,000 monitors a minute on one machine: is each due check recorded, and how late.

Lateness is measured at the site: when the request came, less the slot that it was for.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks.site import site_process
from benchmarks.watching import ALONE, Cost, measure, watch
from devstack.stack import Stack
from domain.slots import phase_of
from models.session import make_engine

INTERVAL = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--monitors", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--workers", type=int, default=1, help="check workers")
    options, _ = parser.parse_known_args()
    small = _run(1000, 60, options.workers)
    large = _run(options.monitors, options.seconds, options.workers)
    growth = large.microseconds_per_check / small.microseconds_per_check
    print(f"CPU per check at {options.monitors} monitors is {growth:.2f} times that at 1000")


def _run(count: int, seconds: int, workers: int) -> Cost:
    counts = {**ALONE, "worker-checks": workers}
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        with (
            site_process(directory) as site,
            Stack(directory / "stack", counts=counts) as stack,
        ):
            engine = make_engine(stack.environment["DATABASE_URL"])
            print(f"making {count} monitors …", flush=True)
            ids = watch(engine, site.url, count, INTERVAL)
            time.sleep(15)
            began = int(time.time())
            cost = measure(stack, engine, seconds)
            ended = int(time.time())
            time.sleep(20)
            missing = _missing(engine, began, ended)
            engine.dispose()
            requests = site.close()
    print(f"\n{count} monitors, {seconds} s, {workers} check worker(s)")
    cost.print()
    print(f"  due checks without a row: {missing}")
    _print_lateness(ids, requests, began, ended)
    return cost


def _missing(engine: Engine, began: int, ended: int) -> int:
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


def _print_lateness(
    ids: Sequence[int], requests: Sequence[tuple[int, float]], began: int, ended: int
) -> None:
    late = sorted(
        (when - phase_of(ids[number], INTERVAL)) % INTERVAL
        for number, when in requests
        if number >= 0 and began <= when < ended
    )
    if late:
        p50, p99 = (late[int(len(late) * share)] for share in (0.5, 0.99))
        print(f"  lateness in seconds: p50 {p50:.3f}, p99 {p99:.3f}, max {late[-1]:.3f}")


if __name__ == "__main__":
    main()
