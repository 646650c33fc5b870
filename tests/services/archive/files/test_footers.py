"""Footers are read once, as long as there is room for them."""

from pathlib import Path

import numpy as np
import pytest

from services.archive.files.encoding import CheckWriter
from services.archive.files.footers import Footers
from services.archive.files.store import Store, connect
from tests.services.archive.drawn import draw

NAMES = ("a", "b", "c")


class Counted:
    """A store that counts the requests for parts of objects."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.address = store.address
        self.requests = 0

    def size(self, name: str) -> int:
        return self._store.size(name)

    def read_range(self, name: str, start: int, length: int) -> bytes:
        self.requests += 1
        return self._store.read_range(name, start, length)


@pytest.fixture
def store(tmp_path: Path) -> Counted:
    path = tmp_path / "file"
    with CheckWriter(path) as writer:
        writer.add(draw(np.random.default_rng(1), 1, 50))
    store = connect((tmp_path / "archive").as_uri())
    for name in NAMES:
        store.create(name, path)
    return Counted(store)


def read(footers: Footers, store: Counted, name: str) -> int:
    """Read the checks of one monitor; return the number of requests for it."""
    before = store.requests
    file = footers.opened(store, name, store.size(name))  # type: ignore[arg-type] # it only reads
    groups = file.groups_of("monitor_id", 7, 7)
    assert 7 in file.checks(groups)["monitor_id"]
    return store.requests - before


def test_the_footer_of_an_object_is_asked_for_once(store: Counted) -> None:
    footers = Footers(1_000_000)
    first = read(footers, store, "a")
    again = read(footers, store, "a")
    assert again < first
    assert read(footers, store, "b") == first
    assert read(footers, store, "a") == again


def test_the_footers_used_last_stay_when_there_is_no_room_for_all(store: Counted) -> None:
    measured = Footers(1_000_000)
    read(measured, store, "a")
    size = measured.size_bytes
    footers = Footers(2 * size)
    first, again = read(footers, store, "a"), read(footers, store, "a")
    read(footers, store, "b")
    assert read(footers, store, "a") == again
    assert read(footers, store, "c") == first
    assert footers.size_bytes == 2 * size
    assert read(footers, store, "a") == again
    assert read(footers, store, "b") == first
    # What is larger than all room is not kept, and nothing else goes for it.
    small = Footers(size - 1)
    assert [read(small, store, "a") for _ in range(2)] == [first, first]
    assert small.size_bytes == 0
