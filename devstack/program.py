"""A program of the stack, and how it runs."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

from devstack import tether

ROOT = Path(__file__).resolve().parent.parent


def tied(command: list[str], *, user: str | None, orphan_signal: signal.Signals) -> list[str]:
    """Return a command that runs `command` until the calling thread ends, as `user` if given."""
    terms = [str(os.getpid()), str(int(orphan_signal)), user or ""]
    return [sys.executable, "-I", "-S", tether.__file__, *terms, *command]


def _nothing() -> None:
    pass


class Child(Protocol):
    """What keeps a process running needs of it; `subprocess.Popen` has all of it."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    @property
    def stdout(self) -> IO[bytes] | None: ...

    def poll(self) -> int | None: ...

    def wait(self) -> int: ...

    def send_signal(self, sig: int) -> None: ...

    def kill(self) -> None: ...

    def __enter__(self) -> object: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 20
    # The signal that the kernel sends after the supervisor was killed.
    orphan_signal: signal.Signals = signal.SIGKILL
    before_start: Callable[[], object] = _nothing
    stdin: int = subprocess.DEVNULL

    def spawn(self) -> Child:
        """Start the program, tied to the calling thread, in a session of its own.

        So a Ctrl-C does not reach it.
        """
        self.before_start()
        return subprocess.Popen(  # noqa: S603 - the commands of our own table
            tied(self.command, user=self.user, orphan_signal=self.orphan_signal),
            env=dict(self.environment),
            cwd=ROOT,
            stdin=self.stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
