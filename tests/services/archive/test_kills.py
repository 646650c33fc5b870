"""A killed archiver loses no check and leaves nothing behind (`make archive-kills` repeats it)."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from devstack.program import Program
from models import ArchiveErasure, ArchiveFile, ArchiveManifest, Monitor
from models.session import database_now
from services.archive import work
from services.archive.archiver import Step
from services.archive.catalogue import Lost
from services.archive.files import names
from services.archive.pending import Limits
from services.archive.upkeep import orphans, verification
from tests.servers import forks
from tests.services.archive.world import World

ROUNDS = int(os.environ.get("ARCHIVE_KILLS", "1"))


def killed(world: World, step: Step, times: int) -> None:
    module = [sys.executable, "-m", "tests.services.archive.killed"]
    command = [*module, str(world.folder), step.value, str(times)]
    log = world.folder.with_suffix(".log")
    done = forks.Fork(Program("archiver", command, os.environ, log)).wait(120)
    assert done == -signal.SIGKILL, log.read_text()


def ready(world: World) -> None:
    """Have a day that is not sealed yet."""
    world.filled()


def dropped(world: World) -> None:
    """Have a day that is only in the archive, and whose month is to be compacted."""
    world.filled()
    world.finish()


def erased(world: World) -> None:
    """Have a day in the archive, of which an organization leaves."""
    gone = world.filled()[0]
    world.finish()
    _erase(world, gone.organization_id)


def erased_of_month(world: World) -> None:
    """Have a month in the archive, of which an organization leaves."""
    gone = world.filled()[0]
    world.compact()
    _erase(world, gone.organization_id)


def _erase(world: World, organization_id: int) -> None:
    with world.owning() as session:
        now = database_now(session)
        session.add(ArchiveErasure(organization_id=organization_id, requested_at=now))


OF_SHARD = (Step.CLAIMED, Step.UNLOADED, Step.CREATED, Step.STORED)
"""Steps of single shards, which happen sixteen times for a day."""
OF_DAY = (*OF_SHARD, Step.READ_BACK, Step.VERIFIED, Step.MANIFEST_CREATED, Step.CURRENT)
POINTS = [
    *((ready, step) for step in (*OF_DAY, Step.DROPPED)),
    *((dropped, step) for step in (Step.COMPACTED, Step.COMPARED, Step.MANIFEST_CREATED)),
    (dropped, Step.CURRENT),
    (erased, Step.REWRITTEN),
    (erased, Step.MANIFEST_CREATED),
    (erased_of_month, Step.COMPARED),
    (erased_of_month, Step.MANIFEST_CREATED),
]


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize(
    ("prepare", "step"), POINTS, ids=[f"{act.__name__}-{step.name}" for act, step in POINTS]
)
def test_a_kill_after_any_step_loses_nothing_and_leaves_nothing(
    world: World, prepare: Callable[[World], None], step: Step, number: int
) -> None:
    prepare(world)
    before = world.found()
    with world.owning() as session:
        gone = set(session.scalars(select(ArchiveErasure.organization_id)))
        leaving = set(session.scalars(select(Monitor.id).where(Monitor.organization_id.in_(gone))))
    kept = {key for key in before if key[0] not in leaving}
    killed(world, step, Random(number).randint(1, 16) if step in OF_SHARD else 1)
    assert kept <= world.found() <= before
    world.compact()
    assert (world.count(), world.found()) == (0, kept)
    assert not gone & world.organizations()
    assert {each.name for each in world.store.list()} == _named(world)
    assert list(verification.problems(world.archiver())) == []


def _named(world: World) -> set[str]:
    """Return the names of all objects that the catalogue has as current, and of all manifests."""
    with world.owning() as session:
        files = set(session.scalars(select(ArchiveFile.name).where(ArchiveFile.is_current)))
        numbers = session.scalars(select(ArchiveManifest.number))
        return files | {names.of_manifest(number) for number in numbers}


def test_two_archivers_at_once_do_no_harm(world: World) -> None:
    world.filled()
    before = world.found()

    def other(_: Step) -> None:
        # The other one takes one step whenever this one has taken a step.
        with suppress(Lost):
            limits = Limits(hot_days=7, kept_days=100_000, rest=timedelta(0))
            work.some(world.archiver(), limits)

    for _ in range(20):
        with suppress(Lost):
            world.compact(world.archiver(other))
            break
    world.compact()
    assert (world.count(), world.found()) == (0, before)
    orphans.sweep(world.archiver(), after=timedelta(0))
    assert {each.name for each in world.store.list()} == _named(world)
    assert list(verification.problems(world.archiver())) == []
