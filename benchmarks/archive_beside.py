"""How late checks begin while days are archived beside them, and while none are.

    python -m benchmarks.archive_beside [--rate 100] [--seconds 30] [--days 4] [--rows 500000]

One stack checks a local site at a steady rate. In the middle of three stretches of time, another
process seals, verifies and drops days that are as large as was asked for.
"""

import argparse
import logging
import multiprocessing
import os
import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from benchmarks.lateness import Lateness
from benchmarks.site import site_process
from benchmarks.steady import open_directory
from benchmarks.watching import AHEAD, ALONE, missing_rows, watch
from devstack.stack import Stack
from models.session import engine as engine_of_settings
from models.session import make_engine
from services.archive import work
from services.archive.numbers import days_between, slots_of
from services.archive.pending import Limits
from services.operations import partitions
from tests.services.archive.world import World
from tests.services.rollups.rolled import set_until

_INTERVAL = 5
_FIRST = date(2020, 5, 1)
_A_DAY = 1440
_FILL = text("""
    INSERT INTO check_results (monitor_id, slot, region_id, organization_id, outcome, cause,
        http_status, dns_ms, connect_ms, tls_ms, first_byte_ms, total_us, lateness)
    SELECT monitor_id, slot, 1, monitor_id, CAST(0 AS "char"), CAST(0 AS "char"), 200, 1, 2, 3, 15,
        20000 + (slot % 9000 * 7 + monitor_id) % 9000, 5
    FROM generate_series(:low, :high - 1, 60) AS slot, generate_series(1, :monitors) AS monitor_id
""")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=100, help="checks per second")
    parser.add_argument("--seconds", type=int, default=30, help="of each of three stretches")
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--rows", type=int, default=500_000, help="of each day")
    options = parser.parse_args()
    days = days_between(_FIRST, _FIRST + timedelta(days=options.days - 1))
    with open_directory() as directory, site_process(directory) as site:
        with Stack(directory / "stack", counts=ALONE) as stack:
            engine = make_engine(stack.environment["DATABASE_URL"])
            _fill(engine, days, options.rows // _A_DAY)
            ids = watch(engine, site.url, options.rate * _INTERVAL, _INTERVAL)
            time.sleep(AHEAD.total_seconds() + _INTERVAL + 2)
            stretches = _stretches(stack.environment, directory, days, options.seconds)
            time.sleep(_INTERVAL)
            missing = [missing_rows(engine, int(low), int(high)) for _, low, high in stretches]
            engine.dispose()
        requests = site.close()
    for (what, began, ended), count in zip(stretches, missing, strict=True):
        print(f"{what}: {ended - began:.0f} s, due checks without a row: {count}")
        Lateness.seen(requests, ids, _INTERVAL, began=began, ended=ended).print()


def _fill(engine: Engine, days: Sequence[date], monitors: int) -> None:
    with Session(engine) as session, session.begin():
        session.execute(text("SET LOCAL statement_timeout = '10min'"))
        partitions.make(session, partitions.CHECKS, days)
        set_until(session, slots_of(days[-1])[1])
        for day in days:
            low, high = slots_of(day)
            session.execute(_FILL, {"low": low, "high": high, "monitors": monitors})
    print(f"{len(days)} days of {monitors * _A_DAY:,} checks", flush=True)


def _stretches(
    environment: Mapping[str, str], directory: Path, days: Sequence[date], seconds: float
) -> list[tuple[str, float, float]]:
    """Let time pass without, with, and again without archiving; return when each was."""
    found = [_stretch("nothing beside", seconds)]
    spawn = multiprocessing.get_context("spawn")
    stop, ready, lines = spawn.Event(), spawn.Event(), spawn.Queue()
    folder = directory / "archiver"
    folder.mkdir()
    arguments = (dict(environment), folder, days, ready, stop, lines)
    archiving = spawn.Process(target=_archive, args=arguments)
    archiving.start()
    assert ready.wait(60)
    found.append(_stretch("archiving beside", seconds))
    stop.set()
    archiving.join()
    assert archiving.exitcode == 0
    print(lines.get(), flush=True)
    return [*found, _stretch("nothing beside", seconds)]


def _stretch(what: str, seconds: float) -> tuple[str, float, float]:
    began = time.time()
    time.sleep(seconds)
    return what, began, time.time()


def _archive(
    environment: Mapping[str, str],
    folder: Path,
    days: Sequence[date],
    ready: Event,
    stop: Event,
    lines: "multiprocessing.Queue[str]",
) -> None:
    """Do the work of the archive until there is no more, or until the stretch is over."""
    os.environ.update(environment)  # noqa: TID251 - the settings of this process
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    world = World(engine_of_settings(), folder)
    archiver, limits = world.archiver(), Limits(hot_days=7, kept_days=100_000)
    ready.set()
    began, cpu, steps = time.monotonic(), time.process_time(), 0
    while not stop.is_set() and work.some(archiver, limits):
        steps += 1
    took, used = time.monotonic() - began, time.process_time() - cpu
    left = sum(world.count(day) for day in days)
    lines.put(
        f"{steps} steps of the archive in {took:.0f} s and {used:.1f} s of CPU;"
        f" {left:,} checks are still in the database"
    )


if __name__ == "__main__":
    main()
