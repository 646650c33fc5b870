"""A process whose archive is on a disk of its own, which is full again and again."""

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path

from models.session import engine
from services.archive.files.store import StoreError
from services.archive.upkeep import verification
from tests.services.archive.world import World

_NEW_MOUNTS = 0x20000
_RECURSIVE, _PRIVATE = 0x4000, 0x40000
_PAGE = 4096
_FREE_PAGES = (0, 2, 6)
"""With some room, other writes fail than without any."""


def mount(folder: Path, size: int) -> None:
    """Mount a disk of memory that only this process sees, and that ends with it."""
    folder.mkdir(parents=True)
    libc = ctypes.CDLL(None, use_errno=True)
    wanted = [
        libc.unshare(_NEW_MOUNTS),
        libc.mount(None, b"/", None, _RECURSIVE | _PRIVATE, None),
        libc.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, f"size={size}".encode()),
    ]
    assert wanted == [0, 0, 0], os.strerror(ctypes.get_errno())


def filled(ballast: Path, free: int) -> None:
    """Fill the disk but for some bytes."""
    stat = os.statvfs(ballast.parent)
    ballast.write_bytes(bytes(max(0, stat.f_bavail * stat.f_frsize - free)))


def pressed(world: World, act: Callable[[], None], expected: set[tuple[int, int, int]]) -> None:
    """Act on a full disk, which must fail in clear words and lose nothing, and then with room."""
    ballast = world.objects / "ballast#0"
    said = set()
    for free in _FREE_PAGES:
        filled(ballast, free * _PAGE)
        try:
            act()
        except StoreError as error:
            said.add(str(error))
        ballast.unlink()
        assert world.found() == expected
    assert said, "The disk was never full."
    assert all(world.store.address in each for each in said)
    assert all("No space left on device" in each for each in said), said
    act()
    assert world.found() == expected


def main(folder: str) -> None:
    objects = Path(folder, "archive")
    mount(objects, 4 << 20)
    world = World(engine(), Path(folder))
    before = world.found()
    pressed(world, world.finish, before)
    assert world.count() == 0
    pressed(world, world.compact, before)
    assert list(verification.problems(world.archiver())) == []
    world.organizations()
    assert {each.name.split("/")[0] for each in world.store.list()} == {"manifests", "months"}
    assert list(verification.problems(world.archiver())) == []


if __name__ == "__main__":
    main(*sys.argv[1:])
