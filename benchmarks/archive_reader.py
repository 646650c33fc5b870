"""Page through a million checks while their days are archived, compacted, restored and dropped.

    python -m benchmarks.archive_reader [--days 12] [--passes 3] [--limit 500]

One process does to the days whatever can be done to them, again and again. This one follows the
cursor of one monitor, as the API does, and counts what is missing or comes twice. It fails if
anything does. Some minutes.
"""

import argparse
import logging
import multiprocessing
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from random import Random

import numpy as np
import structlog
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from benchmarks.many_monitors import servers
from benchmarks.steady import open_directory
from domain.analytics.rollup import DAY
from models import ArchiveDay, ArchiveLate, Monitor, Region, transient_errors
from models.session import act_for, engine
from services.analytics import check_log
from services.analytics.check_log import Check, CheckFilter
from services.archive import work
from services.archive.archiver import Archiver
from services.archive.catalogue import Lost
from services.archive.days import restoring
from services.archive.days.restoring import NotRestorable
from services.archive.files.store import NotStored
from services.archive.numbers import days_between, shard_of, slots_of
from services.archive.pending import Limits
from services.archive.rows import lookup
from services.archive.rows.reading import Archived, NeedsArchive
from services.archive.upkeep import orphans, verification
from services.operations import partitions
from services.pagination import Page, PageRequest
from tests.services.archive.world import World, moment
from tests.services.rollups.rolled import set_until
from tests.services.watched import watch

_FIRST = date(2020, 4, 26)
"""The days are of two months."""
_INTERVAL = 2
_REGIONS = {"default": 1, "second": 2}
_FILL = text("""
    INSERT INTO check_results (monitor_id, slot, region_id, organization_id, outcome, cause,
        http_status, dns_ms, connect_ms, tls_ms, first_byte_ms, total_us, lateness)
    SELECT :monitor_id, slot, region_id, :organization_id, CAST(0 AS "char"), CAST(0 AS "char"), 200, 1, 2, 3,
        15, 20000 + slot % 1000, 5
    FROM generate_series(:low, :high - 1, :interval) AS slot, generate_series(1, 2) AS region_id
""")


@dataclass(frozen=True, slots=True)
class Pass:
    """What one reader saw that followed the cursor to its end."""

    pages: int
    seconds: float
    missing: int
    double: int
    strange: int
    is_ordered: bool

    @property
    def is_whole(self) -> bool:
        return not (self.missing or self.double or self.strange) and self.is_ordered


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=12)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--limit", type=int, default=500, help="checks of a page")
    options = parser.parse_args()
    days = days_between(_FIRST, _FIRST + timedelta(days=options.days - 1))
    with servers(), open_directory() as folder:
        world = World(engine(), folder)
        monitor = _filled(world, days)
        found = _read(world, monitor, days, passes=options.passes, limit=options.limit)
        problems = list(verification.problems(world.archiver()))
    print(f"problems of the archive in the end: {len(problems)}")
    assert not problems, problems
    assert all(each.is_whole for each in found)


def _filled(world: World, days: Sequence[date]) -> Monitor:
    low, high = slots_of(days[0])[0], slots_of(days[-1])[1]
    with world.owning() as session:
        partitions.make(session, partitions.CHECKS, days)
        set_until(session, high)
        session.merge(Region(id=2, name="second"))
        monitor = watch(session, from_slot=low)
        monitor.created_at = moment(low - DAY)
        session.execute(text("SET LOCAL statement_timeout = '10min'"))
        values = {"monitor_id": monitor.id, "organization_id": monitor.organization_id}
        session.execute(_FILL, {**values, "low": low, "high": high, "interval": _INTERVAL})
    return monitor


def _read(
    world: World, monitor: Monitor, days: Sequence[date], *, passes: int, limit: int
) -> list[Pass]:
    """Read as often as was asked for, while another process works on the archive."""
    spawn = multiprocessing.get_context("spawn")
    stop, acts = spawn.Event(), spawn.Queue()
    arguments = (world.folder, list(days), monitor.organization_id, stop, acts)
    archiving = spawn.Process(target=_archive, args=arguments)
    expected = _expected(days)
    print(f"{len(expected):,} checks of one monitor", flush=True)
    archiving.start()
    found = []
    try:
        for number in range(passes):
            found.append(_pass(world, monitor, expected, limit))
            print(f"pass {number + 1}: {found[-1]}", flush=True)
    finally:
        stop.set()
        archiving.join()
    assert archiving.exitcode == 0
    done: Counter[str] = acts.get()
    print("meanwhile: " + ", ".join(f"{count} {what}" for what, count in sorted(done.items())))
    return found


def _expected(days: Sequence[date]) -> NDArray[np.int64]:
    slots = np.arange(slots_of(days[0])[0], slots_of(days[-1])[1], _INTERVAL, dtype=np.int64)
    return np.sort(np.concatenate([slots * 4 + region for region in _REGIONS.values()]))


def _pass(world: World, monitor: Monitor, expected: NDArray[np.int64], limit: int) -> Pass:
    began, pages, cursor = time.monotonic(), 0, None
    keys: list[int] = []
    while True:
        page = _page(world, monitor, PageRequest(limit=limit, cursor=cursor))
        keys.extend(
            int(each.checked_at.timestamp()) * 4 + _REGIONS[each.region] for each in page.items
        )
        pages, cursor = pages + 1, page.next_cursor
        if cursor is None:
            break
    found = np.array(keys)
    unique = np.unique(found)
    return Pass(
        pages=pages,
        seconds=round(time.monotonic() - began, 1),
        missing=len(np.setdiff1d(expected, unique)),
        double=len(found) - len(unique),
        strange=len(np.setdiff1d(unique, expected)),
        is_ordered=bool((np.diff(found) < 0).all()),
    )


def _page(world: World, monitor: Monitor, request: PageRequest) -> Page[Check]:
    """Read a page as `server.request.archive_reading` does."""
    archived: Archived = {}
    now = moment(slots_of(_FIRST)[0] + 400 * DAY)
    while True:
        try:
            with Session(engine("downtime_api")) as session, session.begin():
                act_for(session, monitor.organization_id)
                return check_log.page(
                    session, monitor, CheckFilter(), request, now=now, archived=archived
                )
        except OperationalError as error:
            # On a busy machine, a transaction may take longer than the database allows.
            if not transient_errors.may_pass(error):
                raise
        except NeedsArchive as needed:
            for each in needed.wanted:
                # A file that was replaced meanwhile is not wanted again.
                with suppress(NotStored):
                    archived[each] = lookup.checks_of(world.store, each)


def _archive(
    folder: Path,
    days: Sequence[date],
    organization_id: int,
    stop: Event,
    acts: "multiprocessing.Queue[Counter[str]]",
) -> None:
    """Work on the archive until the reader is done; then say how often what was done."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    world, done = World(engine(), folder), Counter[str]()
    random = Random(1)  # noqa: S311 - a repeatable order of acts
    owner = replace(world.archiver(), transaction=world.owning)
    while not stop.is_set():
        try:
            _act(world, owner, days, organization_id, random, done)
        except Lost:
            done["attempts that found another change"] += 1
        except SQLAlchemyError as error:
            # A partition is made or dropped only while nobody reads for a moment.
            if not transient_errors.may_pass(error):
                raise
            done["attempts that waited too long for readers"] += 1
    _work(world, timedelta(0))
    orphans.sweep(world.archiver(), after=timedelta(0))
    acts.put(done)


def _act(
    world: World,
    owner: Archiver,
    days: Sequence[date],
    organization_id: int,
    random: Random,
    done: Counter[str],
) -> None:
    """Do everything once: seal, drop, restore, look at a day again, merge months, and delete."""
    _work(world, timedelta(days=1))
    done["times all days sealed and dropped"] += 1
    for day in random.sample(days, min(2, len(days))):
        with suppress(NotRestorable):
            restoring.restore_day(owner, day, until=days[0])
            done["days restored"] += 1
    if random.random() < 0.5:
        _revise(world, random.choice(days), organization_id)
        done["revisions made again"] += 1
    _work(world, timedelta(0))
    done["times months compacted"] += 1
    done["objects deleted"] += orphans.sweep(world.archiver(), after=timedelta(0))


def _work(world: World, rest: timedelta) -> None:
    """Do all work that there is. Months are made of days that had no change for `rest`."""
    limits = Limits(hot_days=7, kept_days=100_000, rest=rest)
    archiver = world.archiver()
    while work.some(archiver, limits):
        pass


def _revise(world: World, day: date, organization_id: int) -> None:
    """Have a day and its month looked at again, as a late row does."""
    with world.owning() as session:
        shard = shard_of(organization_id)
        if session.get(ArchiveDay, (day, shard)) is not None:
            session.add(ArchiveLate(day=day, shard=shard))


if __name__ == "__main__":
    main()
