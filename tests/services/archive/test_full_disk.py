"""A disk that is really full: nothing is dropped, the message says it, and work goes on with room."""

import os
import sys

import pytest

from devstack.program import Program
from tests.servers import forks
from tests.services.archive.world import World


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can mount a disk to fill.")
def test_a_full_disk_loses_no_check_and_work_goes_on_once_there_is_room(world: World) -> None:
    world.objects.rmdir()
    world.filled()
    log = world.folder.with_suffix(".log")
    module = [sys.executable, "-m", "tests.services.archive.full_disk", str(world.folder)]
    done = forks.Fork(Program("archiver", module, os.environ, log)).wait(120)
    assert done == 0, log.read_text()
