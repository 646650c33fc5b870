"""A database and an archive for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from models.session import engine
from tests.services.archive.world import FIRST, ROLE, SECOND, World


@pytest.fixture
def world(committed: Engine, tmp_path: Path) -> Iterator[World]:
    yield World(committed, tmp_path)
    engine(ROLE).dispose()
    with committed.begin() as connection:
        for table in ("check_results", "check_failures"):
            for day in (FIRST, SECOND):
                connection.execute(text(f"DROP TABLE IF EXISTS {table}_p{day:%Y%m%d}"))
