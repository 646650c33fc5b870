"""A process that works on the archive and kills itself after a step: its first or a later one."""

import os
import signal
import sys
from pathlib import Path

from models.session import engine
from services.archive.archiver import Step
from tests.services.archive.world import World


def main(folder: str, step: str, times: str) -> None:
    left = int(times)

    def reached(found: Step) -> None:
        nonlocal left
        if found == step:
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    world = World(engine(), Path(folder))
    world.compact(world.archiver(reached))


if __name__ == "__main__":
    main(*sys.argv[1:])
