"""What a process of the stack runs, and how."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack import tether

ROOT = Path(__file__).resolve().parent.parent


def tied(command: list[str], *, user: str | None, orphan_signal: signal.Signals) -> list[str]:
    """Return the command that runs `command`, as `user` if given, until the calling thread ends."""
    terms = [str(os.getpid()), str(int(orphan_signal)), user or ""]
    return [sys.executable, "-I", "-S", tether.__file__, *terms, *command]


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 20
    # For what the kernel does to it when its supervisor was killed.
    orphan_signal: signal.Signals = signal.SIGKILL
    before_start: Callable[[], object] = _nothing

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start it tied to the calling thread, in a session of its own, which no Ctrl-C reaches."""
        self.before_start()
        return subprocess.Popen(  # noqa: S603 - the commands of our own table
            tied(self.command, user=self.user, orphan_signal=self.orphan_signal),
            env=dict(self.environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
