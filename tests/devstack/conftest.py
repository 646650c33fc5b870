"""What the tests of the embedded stack share."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a short directory for temporary files, as machines have, that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="d-", dir="/tmp") as name:
        monkeypatch.setattr(tempfile, "tempdir", name)
        yield Path(name)
