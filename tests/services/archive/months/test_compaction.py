"""The days of a month become one file for each organization, and nothing is lost on the way."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY
from domain.evaluation.outcome import Outcome
from models import ArchiveDay, ArchiveErasure, ArchiveFile, ArchiveLate, Monitor
from models.session import act_for, database_now, engine
from services.analytics import check_log
from services.analytics.check_log import CheckFilter
from services.archive.files.store import ArchiveFileError
from services.archive.months import compaction
from services.archive.numbers import shard_of
from services.archive.rows import reading
from services.archive.rows.reading import Narrowing, NeedsArchive
from services.archive.upkeep import orphans, rebuilding, verification
from services.operations import partitions
from services.pagination import PageRequest
from tests.services.archive.rows.test_reading import NOW, every, watched
from tests.services.archive.upkeep.test_verification import whole
from tests.services.archive.world import BEGIN, END, FIRST, SECOND, World, moment, row, store
from tests.services.rollups.rolled import set_until


def objects_of(monitor: Monitor) -> list[str]:
    """Return the objects with checks that a reader of all archived days of a monitor opens."""
    with Session(engine("downtime_api")) as session, session.begin():
        act_for(session, monitor.organization_id)
        narrowing = Narrowing(low=BEGIN, high=BEGIN + 60 * DAY)
        parts = reading.parts(session, monitor, narrowing)
    return [file.name for part in parts for file in part.files if file.kind == "checks"]


def late(world: World, monitor: Monitor, rows: list[dict[str, object]]) -> None:
    with world.owning() as session:
        store(session, rows)
        days = {FIRST if int(str(each["slot"])) < END else SECOND for each in rows}
        for day in days:
            session.add(ArchiveLate(day=day, shard=shard_of(monitor.organization_id)))


@pytest.fixture
def monitor(world: World) -> Monitor:
    """Archive two days of May; the monitor has rows of both."""
    with world.owning() as session:
        partitions.make(session, partitions.CHECKS, [SECOND])
    monitor = watched(world)
    with world.owning() as session:
        set_until(session, END + DAY)
    world.finish()
    assert world.count(SECOND) == 0
    return monitor


def test_a_month_is_one_object_of_each_organization(world: World, monitor: Monitor) -> None:
    log, found = every(world, monitor), world.found()
    assert len(objects_of(monitor)) == 2
    world.compact()
    (name,) = objects_of(monitor)
    assert name.startswith(f"months/2020-05/checks-{monitor.organization_id}-")
    assert every(world, monitor) == log
    assert world.found() == found
    orphans.sweep(world.archiver(), after=timedelta(0))
    assert [each.name for each in world.store.list("days/")] == []
    assert list(verification.problems(world.archiver())) == []


def test_a_page_asks_only_for_the_days_of_a_month_that_it_needs(
    world: World, monitor: Monitor
) -> None:
    world.compact()
    noon = CheckFilter(end=moment(END + DAY // 2))
    with Session(engine("downtime_api")) as session, session.begin():
        act_for(session, monitor.organization_id)
        with pytest.raises(NeedsArchive) as needed:
            check_log.page(session, monitor, noon, PageRequest(limit=10), now=NOW, archived={})
    (wanted,) = needed.value.wanted
    assert (wanted.low, wanted.high) == (END, END + DAY // 2)


def test_a_month_waits_until_its_days_had_no_change_for_a_day(
    world: World, monitor: Monitor
) -> None:
    world.finish()
    assert len(objects_of(monitor)) == 2
    with world.owning() as session:
        for day in session.scalars(select(ArchiveDay)):
            day.changed_at -= timedelta(days=2)
    world.finish()
    assert len(objects_of(monitor)) == 1


def test_a_late_row_changes_the_files_of_its_organization_alone(
    world: World, monitor: Monitor
) -> None:
    world.compact()
    others = {each.name for each in world.store.list("months/")} - {*objects_of(monitor)}
    before = every(world, monitor)
    slot = BEGIN + 1
    # Both days at once, whose manifest is the same.
    late(world, monitor, [row(monitor, slot, Outcome.DOWN), row(monitor, END + 1)])
    assert len(every(world, monitor)) == len(before) + 2
    world.finish()
    assert len(objects_of(monitor)) == 3
    after = every(world, monitor)
    assert len(after) == len(before) + 2
    world.compact()
    assert len(objects_of(monitor)) == 1
    assert every(world, monitor) == after
    orphans.sweep(world.archiver(), after=timedelta(0))
    names = {each.name for each in world.store.list("months/")}
    assert len(others & names) >= 3
    assert list(verification.problems(world.archiver())) == []
    with world.owning() as session:
        assert sum(each.rows for each in session.scalars(select(ArchiveDay))) == len(world.found())


def test_a_known_result_replaces_an_unknown_one_in_the_file_of_the_month(
    world: World, monitor: Monitor
) -> None:
    world.compact()
    unknown = next(each for each in every(world, monitor) if each.outcome is Outcome.UNKNOWN)
    region = 1 if unknown.region == "default" else 2
    slot = int(unknown.checked_at.timestamp())
    late(world, monitor, [row(monitor, slot, Outcome.DOWN, region=region)])
    for act in (world.finish, world.compact):
        act()
        again = every(world, monitor)
        (found,) = [
            each
            for each in again
            if (each.checked_at, each.region) == (unknown.checked_at, unknown.region)
        ]
        assert (found.outcome, found.detail) == (Outcome.DOWN, "Answered 500.")


def test_a_day_of_a_month_is_restored_as_it_was_and_leaves_again(world: World) -> None:
    world.filled()
    before = whole(world)
    world.finish()
    world.compact()
    world.restore()
    assert whole(world) == before
    # A month with a restored day is left alone.
    assert not compaction.compact(world.archiver(), FIRST, 0)
    world.finish()
    assert world.count() == 0


def test_an_organization_leaves_its_files_of_a_month_and_no_others_are_read(
    world: World, monitor: Monitor
) -> None:
    world.compact()
    kept = {key for key in world.found() if key[0] != monitor.id}
    late(world, monitor, [row(monitor, BEGIN + 1)])
    world.finish()
    others = {
        each.name
        for each in world.store.list("months/")
        if f"-{monitor.organization_id}-" not in each.name
    }
    with world.owning() as session:
        erasure = ArchiveErasure(
            organization_id=monitor.organization_id, requested_at=database_now(session)
        )
        session.add(erasure)
    world.finish()
    assert monitor.organization_id not in world.organizations()
    world.finish()
    assert world.found() == kept
    assert {each.name for each in world.store.list("months/")} == others
    with world.owning() as session:
        found = session.get_one(ArchiveErasure, monitor.organization_id)
        assert found.erased_at is not None
        rows = session.scalars(select(ArchiveDay)).all()
        assert sum(each.rows for each in rows) == len(kept)
    assert list(verification.problems(world.archiver())) == []


def test_the_catalogue_of_months_is_rebuilt_from_the_store_alone(
    world: World, monitor: Monitor
) -> None:
    world.compact()
    late(world, monitor, [row(monitor, BEGIN + 1)])
    world.finish()
    log, found = every(world, monitor), world.found()

    def files() -> list[str]:
        with world.owning() as session:
            columns = (ArchiveFile.name, ArchiveFile.first_day, ArchiveFile.last_day)
            current = select(*columns).where(ArchiveFile.is_current)
            return sorted(str(row) for row in session.execute(current))

    before = files()
    with world.owning() as session:
        for table in ("archive_days", "archive_files", "archive_manifests"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
    assert rebuilding.rebuild(world.archiver()) == 2
    assert (files(), every(world, monitor), world.found()) == (before, log, found)
    world.compact()
    assert every(world, monitor) == log


def test_a_month_whose_files_lost_a_row_is_not_compacted(world: World, monitor: Monitor) -> None:
    with world.owning() as session:
        shard = shard_of(monitor.organization_id)
        file = session.scalars(select(ArchiveFile).where(ArchiveFile.shard == shard)).first()
        assert file is not None
        file.rows += 1
    with pytest.raises(ArchiveFileError, match="other rows"):
        compaction.compact(world.archiver(), FIRST, shard)
    with world.owning() as session:
        assert not compaction.is_compacted(session, FIRST, shard)
