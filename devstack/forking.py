"""Processes as forks of one that has imported what they share (`devstack/fork_server.py`)."""

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from devstack.process import Process, Report, silent
from devstack.program import Child, Program

_ROUND_SECONDS = 0.2
_PATIENCE_SECONDS = 30.0
"""Until a process is started as a program of its own, because the server does not answer."""


class ForkedProcess:
    """A child of the fork server, used like a `subprocess.Popen`."""

    def __init__(self, pid: int, answers: BinaryIO, stdout: BinaryIO) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdout = stdout
        self._answers = answers
        self._lock = threading.Lock()
        # Names this process even when another one has its number.
        self._handle: int | None = os.pidfd_open(pid)

    def poll(self) -> int | None:
        return self.returncode

    def wait(self) -> int:
        """Return the exit status, or the negative number of a signal. One thread may call this."""
        status = b""
        # If the server is killed, so are its children: the connection ends, or is reset if one of
        # them had not read its request.
        with self._answers, suppress(ConnectionError):
            status = self._answers.readline()
        self.returncode = int(status or -signal.SIGKILL)
        return self.returncode

    def send_signal(self, sig: int) -> None:
        with self._lock, suppress(ProcessLookupError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdout.close()
        with self._lock:
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None


def is_possible() -> bool:
    """Return whether forks end with their parent here, and have names that are not used again."""
    if sys.platform != "linux":
        return False
    try:
        # Kernels before 5.3 and some sandboxes lack this call.
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


class ForkServer:
    """Runs the fork server, and asks it for processes."""

    NAME = "fork-server"

    def __init__(
        self,
        environment: Mapping[str, str],
        log: Path,
        report: Report = silent,
        *,
        name: str = NAME,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        # Both ends stay open here: requests wait while the server starts, also after a kill.
        self._requests, self._served = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "devstack.fork_server"]
        self._patience_seconds = patience_seconds
        self.process = Process(
            Program(name, command, environment, log, stdin=self._served.fileno()), report
        )

    def start(self) -> None:
        self.process.start()

    def stop(self) -> None:
        """End the server for good. If it still has children, they end with it."""
        self.process.stop()
        self._requests.close()
        self._served.close()

    def forked(self, program: Program) -> Program:
        """Return a program of Python as one that this server starts."""
        return _ForkedProgram(
            program.name, program.command, program.environment, program.log, server=self
        )

    def fork(self, program: Program) -> ForkedProcess | None:
        """Start a program as a fork, or return None if the server does not answer."""
        ends_at = time.monotonic() + self._patience_seconds
        while self._is_awaited(ends_at):
            if (forked := self._ask(program, ends_at)) is not None:
                return forked
            # It could not fork, or was killed and is started again.
            time.sleep(_ROUND_SECONDS)
        return None

    def _is_awaited(self, ends_at: float) -> bool:
        return self.process.kept and time.monotonic() < ends_at

    def _ask(self, program: Program, ends_at: float) -> ForkedProcess | None:
        ours, theirs = socket.socketpair()
        read, write = os.pipe()
        stdout = os.fdopen(read, "rb")
        with ours, theirs, os.fdopen(write, "wb"):
            socket.send_fds(self._requests, [b"+"], [theirs.fileno(), write])
            theirs.close()
            with suppress(OSError):
                if self._answers(ours, ends_at):
                    return _begin(program, ours, stdout)
        stdout.close()
        return None

    def _answers(self, connection: socket.socket, ends_at: float) -> bool:
        """Wait for the answer, but not for a server that is stopped."""
        connection.settimeout(_ROUND_SECONDS)
        while self._is_awaited(ends_at):
            with suppress(TimeoutError):
                return bool(connection.recv(1, socket.MSG_PEEK))
        return False


def _begin(program: Program, connection: socket.socket, stdout: BinaryIO) -> ForkedProcess:
    """Tell a new process what it is to be; raise `OSError` if it is gone already."""
    connection.settimeout(None)
    answers = connection.makefile("rb")
    process = ForkedProcess(int(answers.readline()), answers, stdout)
    asked = {"command": program.command, "environment": dict(program.environment)}
    connection.sendall(json.dumps(asked).encode())
    connection.shutdown(socket.SHUT_WR)
    return process


@dataclass(frozen=True, slots=True, kw_only=True)
class _ForkedProgram(Program):
    """A program of Python that the fork server starts, if it answers."""

    server: ForkServer

    def spawn(self) -> Child:
        self.before_start()
        return self.server.fork(self) or Program.spawn(self)
