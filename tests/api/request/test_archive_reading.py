"""A request that needs the archive reads it between two transactions, and holds up no others."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from flask import Flask

from config.settings import Settings
from server.request import archive_reading
from server.request.archive_reading import MOST_AT_ONCE, ArchiveUnavailable, Readers
from server.resources import Transactions, archived
from services.archive.files.encoding import CheckWriter
from services.archive.files.manifest import CHECKS
from services.archive.files.store import StoreError, connect
from services.archive.rows import reading
from services.archive.rows.reading import FileName, Wanted
from services.errors import TooMany
from tests.api.applications import Applications
from tests.services.archive import drawn


@pytest.fixture
def app(
    applications: Applications, settings: Settings, transaction: Transactions, tmp_path: Path
) -> Iterator[Flask]:
    theirs = settings.model_copy(update={"archive_url": (tmp_path / "archive").as_uri()})
    with applications.serving(theirs, transaction) as app, app.test_request_context():
        yield app


def wanted(folder: Path, *, name: str = "days/x") -> Wanted:
    """Put a file into the archive, and want a monitor's hour of it."""
    path = folder / "file"
    with CheckWriter(path) as writer:
        writer.add(drawn.draw(np.random.default_rng(1), 1, 2))
    connect((folder / "archive").as_uri()).create("days/x", path)
    file = FileName(CHECKS, name, path.stat().st_size, 1)
    low, high = drawn.DAY, drawn.DAY + 3600
    return Wanted(organization_id=16, monitor_id=2, low=low, high=high, files=(file,))


@pytest.mark.usefixtures("app")
def test_what_a_request_needs_is_read_after_its_transaction(tmp_path: Path) -> None:
    part = wanted(tmp_path)
    is_open = [False]

    def serve() -> int:
        assert not is_open[-1]
        is_open.append(True)
        try:
            return len(reading.demand(archived(), [part]))
        finally:
            is_open.append(False)

    assert archive_reading.served(serve) == 60
    assert is_open.count(True) == 2


@pytest.mark.usefixtures("app")
def test_a_file_that_stays_missing_ends_the_request(tmp_path: Path) -> None:
    part = wanted(tmp_path, name="days/gone")
    with pytest.raises(ArchiveUnavailable):
        archive_reading.served(lambda: reading.demand(archived(), [part]))


def test_no_more_than_a_few_requests_read_at_once_and_none_for_a_while_after_a_failure() -> None:
    readers = Readers(1)
    with readers.place(now=0.0), pytest.raises(TooMany), readers.place(now=0.0):
        pass
    with pytest.raises(ArchiveUnavailable), readers.place(now=1.0):
        raise StoreError("The bucket stands still.")
    with pytest.raises(ArchiveUnavailable, match="at the moment"), readers.place(now=10.9):
        pass
    with readers.place(now=11.0):
        pass
    assert MOST_AT_ONCE < 8  # The threads of a process.
