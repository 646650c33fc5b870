"""Where the stacks of these tests live, one at a time."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.alone import alone


@pytest.fixture
def directory() -> Iterator[Path]:
    """Give an empty directory with a short name: unix sockets live in it."""
    with (
        alone(),
        tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as name,
    ):
        yield Path(name)
