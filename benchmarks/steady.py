"""One stack that checks a local site at a steady rate: its cost, its lateness, and what it left out."""

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.lateness import Lateness
from benchmarks.site import Site
from benchmarks.watching import (
    AHEAD,
    ALONE,
    Cost,
    bytes_per_check,
    measure,
    missing_rows,
    watch,
)
from devstack.stack import Stack
from models.session import make_engine

_FIRST_ROUND_ENDS = 2
"""Seconds after the last of the first slots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many monitors, each checked once per interval, by so many check workers."""

    monitors: int
    interval: int
    seconds: float
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a load; `missing` counts the due checks without a row, `stored` is bytes per check."""

    load: Load
    cost: Cost
    lateness: Lateness
    missing: int
    stored: float

    def print(self) -> None:
        load = self.load
        print(f"\n{load.monitors} monitors every {load.interval} s, {load.workers} check worker(s)")
        self.cost.print()
        self.lateness.print()
        print(f"  stored bytes per check: {self.stored:.0f}")
        print(f"  due checks without a row: {self.missing}", flush=True)


def run(
    directory: Path, site: Site, load: Load, *, environment: Mapping[str, str] | None = None
) -> Run:
    """Measure a fresh stack once it runs steadily; this ends the site."""
    counts = {**ALONE, "worker-checks": load.workers}
    with Stack(directory, counts=counts, settings=environment) as stack:
        engine = make_engine(stack.environment["DATABASE_URL"])
        ids = watch(engine, site.url, load.monitors, load.interval)
        # Each monitor's first check reads it and begins its state; the later ones are what is asked about.
        time.sleep(AHEAD.total_seconds() + load.interval + _FIRST_ROUND_ENDS)
        began = int(time.time())
        cost = measure(stack, engine, load.seconds)
        ended = int(time.time())
        # The last ones are under way still.
        time.sleep(5)
        missing = missing_rows(engine, began, ended)
        stored = bytes_per_check(engine)
        engine.dispose()
    lateness = Lateness.seen(site.close(), ids, load.interval, began=began, ended=ended)
    return Run(load, cost, lateness, missing, stored)


@contextmanager
def open_directory() -> Iterator[Path]:
    """Make a directory that Postgres can read after it gave up being root."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory
