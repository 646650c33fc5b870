"""Whatever changes in the object store is found: bytes, objects, and manifests."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from services.archive.days import restoring
from services.archive.days.identity import WrongArchive
from services.archive.files import names
from services.archive.files.store import ArchiveFileError
from services.archive.upkeep import orphans, rebuilding, verification
from tests.services.archive.world import BEGIN, World, row, store


def flip(place: Callable[[int], int], pattern: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = min(folder.glob(pattern))
        content = bytearray(path.read_bytes())
        content[place(len(content))] ^= 1
        path.write_bytes(content)

    return change


def remove(folder: Path) -> None:
    min(folder.glob(CHECKS)).unlink()


def add(folder: Path) -> None:
    (folder / "days" / "extra.parquet").write_bytes(b"PAR1")


def swap(folder: Path) -> None:
    first, second = sorted(folder.glob(CHECKS))[:2]
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)


def take_back(folder: Path) -> None:
    """Have an older state: without the last manifest."""
    max(folder.glob("manifests/*")).unlink()


def exchange(folder: Path) -> None:
    (folder / names.of_manifest(2)).write_bytes((folder / names.of_manifest(1)).read_bytes())


CHECKS = "*/*/checks*"
"""Files of days, or of months."""
CHANGES = {
    "header": flip(lambda _: 1, CHECKS),
    "page": flip(lambda size: size // 3, CHECKS),
    "index": flip(lambda size: size * 3 // 4, CHECKS),
    "footer": flip(lambda size: size - 6, CHECKS),
    "manifest": flip(lambda size: size // 2, "manifests/*1.jws"),
    "missing": remove,
    "extra": add,
    "swapped": swap,
    "older": take_back,
    "exchanged": exchange,
}


def seal_twice(world: World) -> None:
    world.seal()
    world.seal()


def compact(world: World) -> None:
    world.finish()
    world.compact()


@pytest.mark.parametrize("act", [seal_twice, compact])
def test_every_change_is_found(world: World, act: Callable[[World], None]) -> None:
    world.filled()
    act(world)
    archiver = world.archiver()
    # Files that were replaced are no part of the archive any more.
    orphans.sweep(archiver, after=timedelta(0))
    assert list(verification.problems(archiver)) == []
    missed = []
    for name, change in CHANGES.items():
        saved = {path: path.read_bytes() for path in world.objects.rglob("*") if path.is_file()}
        change(world.objects)
        if not list(verification.problems(archiver)):
            missed.append(name)
        for path in world.objects.rglob("*"):
            if path.is_file() and path not in saved:
                path.unlink()
        for path, content in saved.items():
            path.write_bytes(content)
    assert missed == []
    assert list(verification.problems(archiver)) == []


def test_the_catalogue_is_rebuilt_from_the_store_alone(world: World) -> None:
    world.filled()
    before = world.found()
    world.finish()
    with world.owning() as session:
        for table in ("archive_days", "archive_files", "archive_manifests"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
    assert world.found() == set()
    assert rebuilding.rebuild(world.archiver()) == 1
    assert world.found() == before
    assert list(verification.problems(world.archiver())) == []


def test_an_older_database_gets_what_it_lacks_and_loses_no_row(world: World) -> None:
    """The backup has rows of a day that was sealed since, and one that the archive has not."""
    monitors = world.filled()
    world.finish()
    archived = world.found()
    with world.owning() as session:
        for table in ("archive_days", "archive_files", "archive_manifests"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
        some = sorted(archived)[:50]
        store(
            session,
            [
                row(monitors[0], slot, region=region)
                for key, slot, region in some
                if key == monitors[0].id
            ]
            + [row(monitors[0], BEGIN + 1)],
        )
    rebuilding.rebuild(world.archiver())
    world.finish()
    assert world.found() == archived | {(monitors[0].id, BEGIN + 1, 1)}
    assert world.count() == 0


def test_a_catalogue_is_not_rebuilt_from_an_older_copy(world: World) -> None:
    world.filled()
    world.seal()
    world.seal()
    take_back(world.objects)
    with pytest.raises(ArchiveFileError, match="missing"):
        rebuilding.rebuild(world.archiver())


def test_a_restored_day_equals_the_dropped_one(world: World) -> None:
    world.filled()
    before = whole(world)
    world.finish()
    assert world.count() == 0
    world.restore()
    assert whole(world) == before
    with pytest.raises(restoring.NotRestorable):
        world.restore()
    # Its time is over, so it leaves again.
    world.finish()
    assert world.count() == 0


def whole(world: World) -> list[str]:
    """Return all rows of checks and failures as the database writes them."""
    with world.owning() as session:
        connection = session.connection()
        return [
            content
            for table in ("check_results", "check_failures")
            for (content,) in connection.exec_driver_sql(
                f"SELECT CAST(t AS text) FROM {table} t ORDER BY monitor_id, slot, region_id"
            )
        ]


def test_nothing_is_deleted_or_sealed_while_the_archive_is_newer_than_the_database(
    world: World,
) -> None:
    """A restored backup of yesterday must not cost what was sealed since."""
    world.filled()
    world.seal()
    with world.owning() as session:
        for table in ("archive_days", "archive_files", "archive_manifests"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
        session.execute(text("DELETE FROM check_results WHERE slot % 1200 = 0"))
    objects = sorted(each.name for each in world.store.list())
    archiver = world.archiver()
    for work in (orphans.sweep, world.finish):
        with pytest.raises(WrongArchive, match="rebuild-catalogue"):
            work(archiver)
    assert set(objects) <= {each.name for each in world.store.list()}
    rebuilding.rebuild(archiver)
    world.finish()
    assert len(world.found()) == 864
    with world.owning() as session:
        assert session.scalar(text("SELECT to_regclass('check_results_p20200501')")) is None
