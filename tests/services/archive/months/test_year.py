"""A year of a monitor is in one object for each past month, and one for each day since."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from sqlalchemy import insert

from domain.evaluation.outcome import Cause
from models import ArchiveDay, ArchiveFile, Monitor
from models.archive import ArchiveState
from models.session import database_now
from services.archive.files import names, objects
from services.archive.files.building import Builder
from services.archive.files.columns import CHECK
from services.archive.files.digest import Failure
from services.archive.files.manifest import CHECKS, FAILURES
from services.archive.files.store import Store, Stored
from services.archive.numbers import SHARDS, days_between, shard_of, slots_of
from tests.services.archive.rows.test_reading import every
from tests.services.archive.world import World, moment
from tests.services.watched import watch

A_DAY = 4
"""How many checks there are each day."""


class Touched:
    """A store that notes which objects are read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.address = store.address
        self.names: set[str] = set()

    def read(self, name: str) -> bytes:
        self.names.add(name)
        return self._store.read(name)

    def read_range(self, name: str, start: int, length: int) -> bytes:
        self.names.add(name)
        return self._store.read_range(name, start, length)

    def create(self, name: str, content: bytes | Path) -> None:
        self._store.create(name, content)

    def size(self, name: str) -> int:
        return self._store.size(name)

    def list(self, prefix: str = "") -> Iterator[Stored]:
        return self._store.list(prefix)

    def delete(self, name: str) -> None:
        self._store.delete(name)

    def keeps_deleted(self, name: str) -> bool | None:
        return self._store.keeps_deleted(name)

    def remove_unfinished(self, *, before: datetime) -> int:
        return self._store.remove_unfinished(before=before)


YEAR = days_between(date(2019, 5, 31), date(2020, 5, 29))
RUNNING = date(2020, 5, 1)
"""From here on, days changed so lately that their month is not made one object yet."""


@pytest.fixture
def monitor(world: World) -> Monitor:
    """Make a monitor whose year is in files of days, with nothing in the database."""
    begin = slots_of(YEAR[0])[0]
    with world.owning() as session, TemporaryDirectory() as folder:
        monitor = watch(session, from_slot=begin)
        monitor.created_at = moment(begin)
        files = [each for day in YEAR for each in made(world.store, monitor, day, Path(folder))]
        session.execute(insert(ArchiveFile), files)
        now, shard = database_now(session), shard_of(monitor.organization_id)
        rows = [of_day(day, number, now) for day in YEAR for number in range(SHARDS)]
        empty = {"rows": 0, "failures": 0}
        session.execute(
            insert(ArchiveDay), [row if row["shard"] == shard else row | empty for row in rows]
        )
    return monitor


def has_failure(day: date) -> bool:
    """Return whether a check failed on a day: on some of each month."""
    return day.day in (10, 20)


def made(store: Store, monitor: Monitor, day: date, folder: Path) -> list[dict[str, object]]:
    """Make the files of a day; return their rows in the catalogue."""
    shard, low = shard_of(monitor.organization_id), slots_of(day)[0]
    rows = np.zeros(A_DAY, dtype=CHECK)
    rows["monitor_id"], rows["organization_id"] = monitor.id, monitor.organization_id
    rows["slot"], rows["region_id"] = low + 21_600 * np.arange(A_DAY), 1
    rows["http_status"] = 200
    failures = []
    if has_failure(day):
        rows["outcome"][0], rows["cause"][0], rows["http_status"][0] = 2, Cause.STATUS, 500
        failures = [Failure(monitor.id, low, 1, monitor.organization_id, f"On {day}.", None)]
    with Builder(folder) as builder:
        builder.add(rows)
        builder.add_failures(failures)
    built = builder.built(partial(_name, day, shard), shard=shard, revision=1)
    for each in built:
        objects.create(store, each.entry.name, each.path)
    of_day = {"first_day": day, "last_day": day, "is_current": True}
    return [asdict(each.entry) | of_day for each in built]


def of_day(day: date, shard: int, now: datetime) -> dict[str, object]:
    """Return the row of a shard's day that is in the archive alone."""
    changed = now if day >= RUNNING else now - timedelta(days=2)
    return {
        "day": day,
        "shard": shard,
        "state": ArchiveState.CURRENT,
        "revision": 1,
        "is_whole": True,
        "rows": A_DAY,
        "failures": int(has_failure(day)),
        "late_seen": 0,
        "changed_at": changed,
        "dropped_at": changed,
    }


def _name(day: date, shard: int, kind: str, sha256: str) -> str:
    return names.of_day(kind, day, shard, 1, sha256)


def test_a_year_is_read_from_an_object_for_each_month_and_for_each_day_since(
    world: World, monitor: Monitor
) -> None:
    plain = world.store

    def touched() -> tuple[list[object], Counter[tuple[str, str]]]:
        """Read the whole log; count the objects that it took, by period and kind."""
        store = world.store = Touched(plain)
        log: list[object] = [*every(world, monitor, limit=500)]
        world.store = plain
        kinds = ((name, CHECKS if CHECKS in name else FAILURES) for name in store.names)
        return log, Counter((name.split("/")[0], kind) for name, kind in kinds)

    before, objects_before = touched()
    assert len(before) == 365 * A_DAY
    assert objects_before == {("days", CHECKS): 365, ("days", FAILURES): 24}
    world.finish()
    after, objects_after = touched()
    assert after == before
    assert objects_after == {
        ("months", CHECKS): 12,
        ("days", CHECKS): 29,
        ("months", FAILURES): 11,
        ("days", FAILURES): 2,
    }
