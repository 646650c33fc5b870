"""A killed archiver loses no check and leaves nothing behind (`make archive-kills` repeats it)."""

import os
import signal
import sys
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest

from devstack.program import Program
from services.archive import work
from services.archive.archiver import Step
from services.archive.catalogue import Lost
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


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("step", Step)
def test_a_kill_after_any_step_loses_nothing_and_leaves_nothing(
    world: World, step: Step, number: int
) -> None:
    world.filled()
    before = world.found()
    # Steps of single shards happen sixteen times.
    is_of_shard = step in (Step.CLAIMED, Step.UNLOADED, Step.CREATED, Step.STORED)
    killed(world, step, Random(number).randint(1, 16) if is_of_shard else 1)
    assert world.found() == before
    world.finish()
    assert (world.count(), world.found()) == (0, before)
    orphans.sweep(world.archiver(), after=timedelta(0))
    assert list(verification.problems(world.archiver())) == []


def test_two_archivers_at_once_do_no_harm(world: World) -> None:
    world.filled()
    before = world.found()

    def other(_: Step) -> None:
        # The other one takes one step whenever this one has taken a step.
        with suppress(Lost):
            work.some(world.archiver(), Limits(hot_days=7, kept_days=100_000))

    for _ in range(20):
        with suppress(Lost):
            world.finish(world.archiver(other))
            break
    world.finish()
    assert (world.count(), world.found()) == (0, before)
    orphans.sweep(world.archiver(), after=timedelta(0))
    assert list(verification.problems(world.archiver())) == []
