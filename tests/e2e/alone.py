"""One stack at a time: two of them on one machine would wait for each other and prove nothing."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other test process of this user has a stack, and keep the others waiting."""
    lock = Path(tempfile.gettempdir()) / f"downtime-tests-{os.getuid()}.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
