"""One stack at a time per directory: two would write the same files."""

import fcntl
import os
from pathlib import Path
from typing import TextIO


class HeldError(Exception):
    """The text names the process that holds the lock."""


class Lock:
    """Held by this process from `take` to `release`, or until the process ends.

    The kernel releases the lock of a dead process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def take(self) -> None:
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise HeldError(
                f"Process {holder} already runs a stack in {self._path.parent}."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
