"""One running stack for all tests of the way through the whole system: starting it takes seconds."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.stack import Stack
from tests.e2e.alone import alone

_COUNTS = {"flower": 0, "demo-site": 0}


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    """Start the processes that `make run` starts; a test that disturbs them waits for their recovery."""
    with (
        alone(),
        tempfile.TemporaryDirectory(prefix="e2e-", ignore_cleanup_errors=True) as name,
        Stack(Path(name), counts=_COUNTS) as stack,
    ):
        stack.wait_ready()
        yield stack
