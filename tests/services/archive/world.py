"""Days of checks of some organizations in the database, and an archiver with a folder."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from config.settings import load
from domain.analytics.rollup import DAY
from domain.evaluation.outcome import Cause, Outcome
from models import CheckFailure, CheckResult, Monitor, Region
from models.session import engine
from security.jwt.signing_keys import SigningKeys
from services.archive import catalogue, work
from services.archive.archiver import Archiver, Step
from services.archive.days import dropping, publishing, restoring, sealing
from services.archive.files import objects
from services.archive.files.columns import Rows
from services.archive.files.digest import Failure
from services.archive.files.manifest import CHECKS
from services.archive.files.store import Store, connect
from services.archive.numbers import SHARDS, slots_of
from services.archive.pending import Limits
from services.archive.rows import deltas, hot
from services.archive.upkeep import orphans
from services.operations import partitions
from tests.services.rollups.rolled import set_until
from tests.services.watched import watch

FIRST, SECOND = date(2020, 5, 1), date(2020, 5, 2)
"""Days long ago, on which nothing else has rows."""
BEGIN, END = slots_of(FIRST)

ROLE = "downtime_housekeeping"
_DAY = timedelta(days=1)


def keys() -> SigningKeys:
    """Return the same keys in each process of a test."""
    return SigningKeys.of(load().jwt_private_key.get_secret_value())


class World:
    """A database with partitions, and an archiver that works on it."""

    def __init__(self, database: Engine, folder: Path, store: Store | None = None) -> None:
        self.engine = database
        self.folder = folder
        self.objects = folder / "archive"
        self.store = store or connect(f"file://{self.objects}")

    @contextmanager
    def owning(self) -> Iterator[Session]:
        """Open a transaction with all rights."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a transaction with the rights of the process that archives."""
        with Session(engine(ROLE), expire_on_commit=False) as session, session.begin():
            yield session

    def archiver(
        self, reached: Callable[[Step], None] = lambda _: None, store: Store | None = None
    ) -> Archiver:
        folder = self.folder / "work"
        folder.mkdir(exist_ok=True)
        return Archiver(
            transaction=self.transaction,
            store=store or self.store,
            keys=lambda _: keys(),
            folder=folder,
            reached=reached,
        )

    def restore(self) -> int:
        """Restore the day for a day, as the owner of the tables does."""
        archiver = replace(self.archiver(), transaction=self.owning)
        return restoring.restore_day(archiver, FIRST, until=SECOND)

    def monitors(self, count: int) -> list[Monitor]:
        """Make monitors, each of an organization of its own, and the partitions of their checks."""
        with self.owning() as session:
            partitions.make(session, partitions.CHECKS, [FIRST])
            set_until(session, END)
            session.merge(Region(id=2, name="second"))
            return [watch(session, from_slot=BEGIN) for _ in range(count)]

    def filled(self) -> list[Monitor]:
        """Make three monitors with a day of checks."""
        monitors = self.monitors(3)
        with self.owning() as session:
            for number, monitor in enumerate(monitors):
                store(session, draw(Random(number), monitor))
        return monitors

    def finish(self, archiver: Archiver | None = None, *, rest: timedelta = _DAY) -> None:
        """Do all work on the archive that there is: seal, publish and drop."""
        archiver = archiver or self.archiver()
        for _ in range(200):
            if not work.some(archiver, Limits(hot_days=7, kept_days=100_000, rest=rest)):
                return
        raise AssertionError("The work never ends.")

    def compact(self, archiver: Archiver | None = None) -> None:
        """Do all work, and make months of days without waiting for a day without changes."""
        self.finish(archiver, rest=timedelta(0))

    def organizations(self) -> set[int]:
        """Return the organizations with rows in any object, once replaced ones are deleted."""
        orphans.sweep(self.archiver(), after=timedelta(0))
        found: set[int] = set()
        for each in self.store.list():
            if each.name.endswith(".parquet"):
                file = objects.opened(self.store, each.name, each.size)
                rows = file.each_check() if CHECKS in each.name else file.each_failure()
                for some in rows:
                    found |= owners(some)
        return found

    def found(self) -> set[tuple[int, int, int]]:
        """Return the keys of all checks that readers find, in the database or in the archive."""
        with self.owning() as session:
            hot = session.execute(
                select(CheckResult.monitor_id, CheckResult.slot, CheckResult.region_id)
            )
            found = {(key[0], key[1], key[2]) for key in hot}
            dropped = {row.day for row in catalogue.days(session, FIRST, SECOND) if row.dropped_at}
            files = [
                each
                for each in catalogue.files(session, FIRST, SECOND)
                if each.is_current and each.kind == CHECKS and each.first_day in dropped
            ]
        for each in files:
            for rows in objects.opened(self.store, each.name, each.size_bytes).each_check():
                found |= {deltas.key_of(row) for row in rows}
        return found

    def seal(self, day: date = FIRST, archiver: Archiver | None = None) -> None:
        """Seal a day and publish it."""
        archiver = archiver or self.archiver()
        for shard in range(SHARDS):
            sealing.store_shard(archiver, day, shard)
        sealing.verify_day(archiver, day)
        assert publishing.publish_day(archiver, day)

    def drop(self, day: date = FIRST, archiver: Archiver | None = None) -> bool:
        return dropping.drop_day(archiver or self.archiver(), day)

    def count(self, day: date = FIRST) -> int:
        """Count the rows in the database."""
        with self.owning() as session:
            return hot.CHECKS.count(session, day)


def owners(rows: Rows | Sequence[Failure]) -> set[int]:
    if isinstance(rows, np.ndarray):
        return {int(each) for each in np.unique(rows["organization_id"])}
    return {each.organization_id for each in rows}


def draw(random: Random, monitor: Monitor, *, step: int = 600) -> list[dict[str, object]]:
    """Draw checks of a day for a monitor, from two regions."""
    outcomes = [*(Outcome.UP,) * 6, Outcome.DEGRADED, Outcome.DOWN, Outcome.UNKNOWN]
    return [
        row(
            monitor, slot, random.choice(outcomes), region=region, total_us=random.randint(1, 10**6)
        )
        for slot in range(BEGIN, BEGIN + DAY, step)
        for region in (1, 2)
    ]


def row(
    monitor: Monitor,
    slot: int,
    outcome: Outcome = Outcome.UP,
    *,
    region: int = 1,
    total_us: int = 20_000,
) -> dict[str, object]:
    return {
        "monitor_id": monitor.id,
        "organization_id": monitor.organization_id,
        "slot": slot,
        "region_id": region,
        "outcome": outcome,
        "cause": Cause.STATUS if outcome is Outcome.DOWN else Cause.NONE,
        "http_status": 500 if outcome is Outcome.DOWN else 200,
        "total_us": total_us,
        "dns_ms": 1,
        "connect_ms": 2,
        "tls_ms": 3,
        "first_byte_ms": 15,
        "lateness": slot % 300,
    }


def store(session: Session, rows: Sequence[dict[str, object]]) -> None:
    """Store rows, with words for those that were not up."""
    session.execute(insert(CheckResult), rows)
    words = [
        {
            "monitor_id": each["monitor_id"],
            "organization_id": each["organization_id"],
            "slot": each["slot"],
            "region_id": each["region_id"],
            "detail": f"Answered {each['http_status']}.",
            "evidence": {"headers": [["a", "b"]], "body": "é", "truncated": False},
        }
        for each in rows
        if each["outcome"] is Outcome.DOWN
    ]
    if words:
        session.execute(insert(CheckFailure), words)


def moment(slot: int) -> datetime:
    return datetime.fromtimestamp(slot, UTC)
