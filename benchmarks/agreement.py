"""How much of the time one flapping site was up: by its own account, by ours, and by Prometheus.

    python -m benchmarks.agreement [--minutes 10] [--seed 1]

It is watched every 5 seconds by two monitors, which ask for one confirmation and for two, and by
Prometheus with blackbox_exporter at the same time. Checks are samples: each change of the site
is seen up to one interval late. Who is further off from the truth, or from each other, fails;
only two confirmations may be, since an outage that one check alone saw is none by them.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from benchmarks import blackbox
from benchmarks.blackbox import INTERVAL, Blackbox
from benchmarks.steady import open_directory
from benchmarks.watching import ALONE, watch
from devstack.stack import Stack
from models import Incident, Monitor
from models.session import make_engine
from services.analytics import uptime
from services.time_range import Window
from tests.servers.site import ScriptedSite

_SETTLING_SECONDS = 25
_SHORTEST, _LONGEST = 3, 40
"""Seconds of each outage, and between two."""
_LAST_CHECKS_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Flapping:
    """When the site is down, in unix seconds, within [start, end)."""

    outages: Sequence[tuple[float, float]]
    start: float
    end: float

    @property
    def tolerance(self) -> float:
        """Seconds that samples may be off: one interval for each change."""
        return INTERVAL * 2 * len(self.outages)

    @property
    def down(self) -> float:
        return sum(end - start for start, end in self.outages)

    def is_down(self, now: float) -> bool:
        return any(start <= now < end for start, end in self.outages)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one of the watchers made of it; `down` and `unknown` are seconds."""

    who: str
    down: float
    outages: int
    unknown: float = 0


def flapping(seed: int, *, start: float, seconds: float) -> Flapping:
    """Draw outages; the site is up at both ends."""
    drawn, end = random.Random(seed), start + seconds  # noqa: S311 - the same again for the same seed
    outages: list[tuple[float, float]] = []
    at = start
    while True:
        began = at + drawn.uniform(_SHORTEST, _LONGEST)
        at = began + drawn.uniform(_SHORTEST, _LONGEST)
        if at > end - _SHORTEST:
            return Flapping(outages, start, end)
        outages.append((began, at))


def compare(seed: int, seconds: float) -> tuple[Flapping, list[Seen]]:
    """Watch a site by all three at once."""
    with open_directory() as directory, ScriptedSite() as server:
        page = f"{server.url}/0"
        with (
            blackbox.watching(directory, [page]) as theirs,
            _monitors(directory / "stack", server.url) as (engine, ids),
        ):
            time.sleep(_SETTLING_SECONDS)
            site = flapping(seed, start=float(int(time.time())), seconds=seconds)
            server.answer = lambda _: 500 if site.is_down(time.time()) else 200
            time.sleep(site.end + _LAST_CHECKS_SECONDS - time.time())
            ours = [
                _our_account(engine, monitor_id, site, f"ours, confirmations {confirmations}")
                for confirmations, monitor_id in ids.items()
            ]
            return site, [*ours, _their_account(theirs, site)]


@contextmanager
def _monitors(directory: Path, url: str) -> Iterator[tuple[Engine, dict[int, int]]]:
    """Start a stack with two monitors; give their ids by the confirmations that they ask for."""
    with Stack(directory, counts=ALONE) as stack:
        engine = make_engine(stack.environment["DATABASE_URL"])
        yield (
            engine,
            {number: watch(engine, url, 1, INTERVAL, confirmations=number)[0] for number in (1, 2)},
        )
        engine.dispose()


def _our_account(engine: Engine, monitor_id: int, site: Flapping, who: str) -> Seen:
    start, end = (datetime.fromtimestamp(each, UTC) for each in (site.start, site.end))
    with Session(engine) as session:
        monitor = session.get_one(Monitor, monitor_id)
        figures = uptime.of_monitor(session, monitor, Window(start, end), now=datetime.now(UTC))
        outages = session.scalars(
            select(func.count()).where(
                Incident.monitor_id == monitor_id,
                Incident.started_at >= start,
                Incident.started_at < end,
            )
        ).one()
    return Seen(who, figures.down, outages, figures.unknown)


def _their_account(running: Blackbox, site: Flapping) -> Seen:
    seconds = round(site.end - site.start)
    up = running.ask(f"avg_over_time(probe_success[{seconds}s])", at=site.end)
    changes = running.ask(f"changes(probe_success[{seconds}s])", at=site.end)
    return Seen("Prometheus and blackbox_exporter", (1 - up) * seconds, round(changes / 2))


def disagreements(site: Flapping, seen: Sequence[Seen]) -> Iterator[str]:
    """Say who is off by more than one interval for each change of the site, and from what."""
    once, _, theirs = seen
    for who, down, other in (
        (once.who, once.down, site.down),
        (theirs.who, theirs.down, site.down),
        (f"{once.who}, beside {theirs.who}", once.down, theirs.down),
    ):
        if abs(down - other) > site.tolerance:
            yield f"{who}: off by {down - other:+.0f} s, of at most {site.tolerance:.0f} s"


def _print(site: Flapping, seen: Sequence[Seen]) -> None:
    seconds = site.end - site.start
    print(f"\n{'':<36} {'up %':>7} {'down s':>8} {'off by s':>9} {'unknown s':>10} {'outages':>8}")
    for each in (Seen("truth", site.down, len(site.outages)), *seen):
        known = seconds - each.unknown
        print(
            f"{each.who:<36} {100 * (1 - each.down / known):7.2f} {each.down:8.1f} "
            f"{each.down - site.down:+9.1f} {each.unknown:10.0f} {each.outages:8}"
        )
    changes = 2 * len(site.outages)
    print(f"{changes} changes, so samples may be off by {site.tolerance:.0f} s.", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not blackbox.is_installed():
        return 0
    site, seen = compare(options.seed, options.minutes * 60)
    _print(site, seen)
    wrong = list(disagreements(site, seen))
    for each in wrong:
        print(each)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
