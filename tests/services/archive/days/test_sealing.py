"""A day is sealed whole, verified, and dropped only when the archive has every row."""

from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from models import ArchiveDay, ArchiveFile, ArchiveLate, CheckResult
from models.archive import ArchiveState
from models.types import OUTCOME_CODES
from services.archive import catalogue, late_notes, pending
from services.archive.days import sealing
from services.archive.days.identity import WrongArchive
from services.archive.files import manifest, names, objects
from services.archive.files.columns import NAMES
from services.archive.files.store import connect
from services.archive.numbers import SHARDS, shard_of
from services.archive.pending import Limits
from services.checks import record as check_record
from tests.services.archive.world import BEGIN, END, FIRST, World, keys, moment, row, store
from tests.services.rollups.rolled import set_until
from tests.services.watched import UP, observe


def archived(world: World, session: Session, kind: str) -> list[object]:
    """Return the rows of all current files of the kind."""
    found: list[object] = []
    for file in session.scalars(select(ArchiveFile).where(ArchiveFile.kind == kind)):
        content = objects.opened(world.store, file.name, file.size_bytes)
        if kind == manifest.CHECKS:
            found.extend(each for rows in content.each_check() for each in rows.tolist())
        else:
            found.extend(each for page in content.each_failure() for each in page)
    return sorted(found)  # type: ignore[type-var]


def test_the_files_of_a_day_have_every_row_and_every_word(world: World) -> None:
    world.filled()
    world.seal()
    with world.owning() as session:
        rows = session.execute(select(*CheckResult.__table__.columns)).all()
        assert len(rows) == world.count() == 3 * 2 * 144
        checks = archived(world, session, manifest.CHECKS)
        assert checks == sorted(
            tuple(
                OUTCOME_CODES[each.outcome] if name == "outcome" else int(getattr(each, name))
                for name in NAMES
            )
            for each in rows
        )
        failures = archived(world, session, manifest.FAILURES)
        down = [each for each in rows if each.outcome is Outcome.DOWN]
        assert len(failures) == len(down)
        assert failures[0][5] == (  # type: ignore[index]
            '{"body": "é", "headers": [["a", "b"]], "truncated": false}'
        )


def test_a_day_is_dropped_only_after_all_its_shards_are_current(world: World) -> None:
    world.filled()
    archiver = world.archiver()
    assert not world.drop()
    for shard in range(SHARDS):
        sealing.store_shard(archiver, FIRST, shard)
    sealing.verify_day(archiver, FIRST)
    assert not world.drop()
    assert world.count() == 864


def test_a_sealed_day_is_dropped_whole(world: World) -> None:
    world.filled()
    world.seal()
    assert world.drop()
    assert world.count() == 0
    with world.owning() as session:
        rows = session.scalars(select(ArchiveDay)).all()
        assert {each.state for each in rows} == {ArchiveState.CURRENT}
        assert all(each.dropped_at for each in rows)
        assert sum(each.rows for each in rows) == 864


def test_a_row_that_came_after_the_day_was_sealed_keeps_it(world: World) -> None:
    monitors = world.filled()
    world.seal()
    late = observe(monitors[0], BEGIN + 7, UP)
    with world.owning() as session:
        check_record.record(session, [late], now=moment(BEGIN + 7))
    assert not world.drop()
    world.seal()
    assert world.drop()


def test_a_row_without_a_note_keeps_the_day_by_its_count(world: World) -> None:
    monitors = world.filled()
    world.seal()
    with world.owning() as session:
        store(session, [row(monitors[1], BEGIN + 9)])
    assert not world.drop()


def test_a_late_row_of_a_dropped_day_becomes_a_second_file(world: World) -> None:
    monitors = world.filled()
    world.seal()
    assert world.drop()
    with world.owning() as session:
        store(session, [row(monitors[0], BEGIN + 9, Outcome.DOWN)])
        # Known rows of the archive stay; a repeated one is no news.
        store(session, [row(monitors[0], BEGIN)])
        session.add(ArchiveLate(day=FIRST, shard=shard_of(monitors[0].organization_id)))
    assert monitors[0].id in {key[0] for key in world.found()}
    world.finish()
    with world.owning() as session:
        shard = shard_of(monitors[0].organization_id)
        files = catalogue.files(session, FIRST, FIRST, shard=shard)
        newest = [each for each in files if each.revision == 2]
        assert {each.kind: each.rows for each in newest} in (
            {"checks": 1, "failures": 1},
            {"checks": 2, "failures": 1},
        )
        days = catalogue.days(session, FIRST, FIRST)
        assert sum(each.rows for each in days) == 865
        assert session.scalars(select(ArchiveLate)).all() == []
    assert world.count() == 0


def test_manifests_are_chained_and_signed(world: World) -> None:
    world.filled()
    world.seal()
    with world.owning() as session:
        session.execute(update(CheckResult).values(total_us=CheckResult.total_us + 1))
    world.seal()
    first, second = (world.store.read(names.of_manifest(number)) for number in (1, 2))
    opened, kid = manifest.opened(second)
    assert (opened.number, opened.previous) == (2, manifest.hash_of(first))
    assert kid == keys().kid
    assert {each.revision for each in opened.files} == {2}


def test_the_work_seals_and_drops_the_days_that_are_over(world: World) -> None:
    world.filled()
    before = world.found()
    world.finish()
    assert world.count() == 0
    assert world.found() == before


def test_a_day_whose_hours_may_still_get_rows_is_not_sealed(world: World) -> None:
    world.filled()
    with world.owning() as session:
        set_until(session, END - 1)
    world.finish()
    with world.owning() as session:
        assert session.scalars(select(ArchiveDay)).all() == []


def test_a_day_with_more_rows_than_the_archive_is_sealed_again_and_then_dropped(
    world: World,
) -> None:
    monitors = world.filled()
    world.seal()
    with world.owning() as session:
        store(session, [row(monitors[1], BEGIN + 9)])
    before = world.found()
    world.finish()
    assert (world.count(), world.found()) == (0, before)


def test_nothing_is_dropped_if_the_store_is_not_the_one_of_the_catalogue(
    world: World, tmp_path: Path
) -> None:
    world.filled()
    world.seal()
    other = connect(f"file://{tmp_path}/other")
    with pytest.raises(WrongArchive):
        world.drop(archiver=world.archiver(store=other))
    assert world.count() == 864


def test_nothing_is_dropped_if_an_object_is_missing(world: World) -> None:
    world.filled()
    world.seal()
    with world.owning() as session:
        file = catalogue.files(session, FIRST, FIRST)[0]
    world.store.delete(file.name)
    assert not world.drop()
    # The work makes another revision.
    before = world.found()
    world.finish()
    assert (world.count(), world.found()) == (0, before)


def test_a_late_row_whose_transaction_is_still_open_is_not_forgotten(world: World) -> None:
    """Its note has a lower number than one that is visible already."""
    monitors = world.filled()
    world.seal()
    assert world.drop()
    shard = shard_of(monitors[0].organization_id)
    with Session(world.engine) as slow:
        store(slow, [row(monitors[0], BEGIN + 1)])
        slow.add(ArchiveLate(day=FIRST, shard=shard))
        slow.flush()
        with world.owning() as session:
            store(session, [row(monitors[0], BEGIN + 2)])
            session.add(ArchiveLate(day=FIRST, shard=shard))
        with Session(world.engine) as other:
            other.execute(text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(OperationalError):
                late_notes.settled(other, FIRST, shard)
        slow.commit()
    world.finish()
    found = {key[1] for key in world.found()}
    assert {BEGIN + 1, BEGIN + 2} <= found
    assert world.count() == 0


def test_whether_there_is_work_is_known_without_doing_any(world: World) -> None:
    limits = Limits(hot_days=7, kept_days=100_000)

    def is_any() -> bool:
        with world.transaction() as session:
            return pending.is_any(session, limits)

    world.monitors(1)
    # A day without checks waits for one with some.
    assert not is_any()
    monitors = world.filled()
    assert is_any()
    world.finish()
    assert not is_any()
    with world.owning() as session:
        store(session, [row(monitors[0], BEGIN + 1)])
        session.add(ArchiveLate(day=FIRST, shard=shard_of(monitors[0].organization_id)))
    assert is_any()
    world.finish()
    assert not is_any()
