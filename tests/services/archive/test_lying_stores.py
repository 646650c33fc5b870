"""An object store that fails, stalls or lies costs time and no check."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from services.archive.archiver import Archiver, Step
from services.archive.days import sealing
from services.archive.files.store import AlreadyStored, Store, Stored, StoreError
from services.archive.numbers import SHARDS
from services.archive.upkeep import orphans, verification
from tests.services.archive.world import FIRST, World


class Faulty:
    """A store that breaks each first call of a kind, in one way."""

    def __init__(self, store: Store, fault: str) -> None:
        self._store = store
        self._fault = fault
        self.broken: set[str] = set()
        self.address = store.address

    def _breaks(self, name: str) -> bool:
        """Return whether this is the first call for an object; each object breaks once."""
        is_first = name not in self.broken
        self.broken.add(name)
        return is_first

    def create(self, name: str, content: bytes | Path) -> None:
        if not self._breaks(name):
            self._store.create(name, content)
            return
        whole = content.read_bytes() if isinstance(content, Path) else content
        match self._fault:
            case "disk full":
                raise StoreError("No space left on device")
            case "answer lost":
                # The object is there, but the answer never came.
                self._store.create(name, content)
                raise StoreError("operation timed out")
            case "truncated":
                self._store.create(name, whole[: len(whole) // 2])
            case "other bytes":
                self._store.create(name, bytes(len(whole)))
            case "nothing stored":
                pass
            case "says it exists":
                raise AlreadyStored("The object exists already.")
            case _:
                self._store.create(name, content)

    def read(self, name: str) -> bytes:
        content = self._store.read(name)
        return (
            content[:-1] if self._fault == "short answer" and self._breaks(f"r{name}") else content
        )

    def read_range(self, name: str, start: int, length: int) -> bytes:
        if self._fault == "stalls" and self._breaks(f"r{name}"):
            raise StoreError("operation timed out")
        content = self._store.read_range(name, start, length)
        is_short = self._fault == "short answer" and self._breaks(f"r{name}")
        return content[:-1] if is_short else content

    def size(self, name: str) -> int:
        return self._store.size(name)

    def keeps_deleted(self, name: str) -> bool | None:
        return self._store.keeps_deleted(name)

    def list(self, prefix: str = "") -> Iterator[Stored]:
        return self._store.list(prefix)

    def delete(self, name: str) -> None:
        self._store.delete(name)

    def remove_unfinished(self, *, before: datetime) -> int:
        return self._store.remove_unfinished(before=before)


class Skewed(Faulty):
    """A store whose clock is off."""

    def __init__(self, store: Store, seconds: int) -> None:
        super().__init__(store, "none")
        self._off = timedelta(seconds=seconds)

    def list(self, prefix: str = "") -> Iterator[Stored]:
        for each in super().list(prefix):
            yield replace(each, modified_at=each.modified_at + self._off)


@pytest.mark.parametrize("seconds", [-45, 45])
def test_a_store_whose_clock_is_off_keeps_what_is_being_made(world: World, seconds: int) -> None:
    """All other times are those of the database."""
    world.filled()
    before = world.found()
    skewed = world.archiver(store=Skewed(world.store, seconds))

    def sweep(_: Step) -> None:
        assert orphans.sweep(skewed) == 0

    for shard in range(SHARDS):
        sealing.store_shard(world.archiver(sweep, store=skewed.store), FIRST, shard)
    world.compact(skewed)
    assert (world.count(), world.found()) == (0, before)
    assert list(verification.problems(skewed)) == []


FAULTS = (
    *("disk full", "answer lost", "truncated", "other bytes", "nothing stored"),
    *("says it exists", "short answer", "stalls"),
)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_check_is_lost_and_the_archive_is_whole_in_the_end(world: World, fault: str) -> None:
    world.filled()
    before = world.found()
    faulty = Faulty(world.store, fault)
    archiver = world.archiver(store=faulty)
    for _ in range(60):
        if _finished(world, archiver):
            break
        assert world.found() == before
    assert faulty.broken
    assert (world.count(), world.found()) == (0, before)
    assert list(verification.problems(world.archiver())) == []


def _finished(world: World, archiver: Archiver) -> bool:
    try:
        world.finish(archiver)
    except StoreError:
        return False
    return True
