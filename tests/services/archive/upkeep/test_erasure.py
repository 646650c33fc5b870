"""A deleted organization leaves the archive, and nothing else does."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from models import ArchiveDay, ArchiveErasure, ArchiveFile
from services.archive import work
from services.archive.files import objects
from services.archive.files.manifest import CHECKS
from services.archive.pending import Limits
from services.archive.upkeep import orphans, verification
from tests.services.archive.world import FIRST, World

NOW = datetime.now(UTC)


def organizations(world: World) -> set[int]:
    """Return the organizations with rows in any object, whether it is current or not."""
    found: set[int] = set()
    for each in world.store.list("days/"):
        if f"/{CHECKS}" in each.name:
            for rows in objects.opened(world.store, each.name, each.size).each_check():
                found |= set(rows["organization_id"].tolist())
    return found


def test_no_object_has_a_row_of_a_deleted_organization(world: World) -> None:
    monitors = world.filled()
    world.finish()
    gone, *others = [each.organization_id for each in monitors]
    kept = {key for key in world.found() if key[0] != monitors[0].id}
    assert organizations(world) == {gone, *others}
    with world.owning() as session:
        session.add(ArchiveErasure(organization_id=gone, requested_at=NOW))
    world.finish()
    orphans.sweep(world.archiver(), after=timedelta(0))
    world.finish()
    assert organizations(world) == set(others)
    assert world.found() == kept
    assert list(verification.problems(world.archiver())) == []
    with world.owning() as session:
        assert session.get_one(ArchiveErasure, gone).erased_at is not None


def test_a_day_that_is_still_in_the_database_is_sealed_again_without_it(world: World) -> None:
    monitors = world.filled()
    world.seal()
    gone = monitors[0].organization_id
    with world.owning() as session:
        session.add(ArchiveErasure(organization_id=gone, requested_at=NOW))
    assert not world.drop()
    world.finish()
    orphans.sweep(world.archiver(), after=timedelta(0))
    assert gone not in organizations(world)
    assert world.count() == 0


def test_a_day_leaves_the_archive_when_checks_are_kept_no_longer(world: World) -> None:
    world.filled()
    world.finish()
    archiver = world.archiver()
    while work.some(archiver, Limits(hot_days=7, kept_days=400)):
        pass
    orphans.sweep(archiver, after=timedelta(0))
    assert [each.name for each in world.store.list("days/")] == []
    assert world.found() == set()
    assert list(verification.problems(archiver)) == []
    with world.owning() as session:
        assert session.scalars(select(ArchiveDay).where(ArchiveDay.day == FIRST)).all() == []
        assert session.scalars(select(ArchiveFile)).all() == []
