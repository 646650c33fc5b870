"""The channel to a process of `probes/auth/negotiate/process.py`, which it starts and kills."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from threading import BoundedSemaphore
from typing import Any

from probes.async_probe import Failed
from probes.auth.negotiate.process import LONGEST_LINE
from probes.failures import ours

_MOST_PROCESSES = 32
_ROOM_SECONDS = 0.02

_room = BoundedSemaphore(_MOST_PROCESSES)


class HelperProcess:
    """One process at most. `open` and `ask` need one event loop; `close` may run on any thread.

    `close` must not run at the same time as the others.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    async def open(self) -> None:
        """Start the process, once this worker has room for it."""
        self.close()
        while not _room.acquire(blocking=False):  # noqa: ASYNC110 - others may free it on other loops
            await asyncio.sleep(_ROOM_SECONDS)
        self._socket, far = socket.socketpair()
        self._socket.setblocking(False)  # noqa: FBT003 - the signature is socket's
        try:
            self._process = _started(far.fileno())
        except OSError as error:
            _room.release()
            raise _failed() from error
        finally:
            far.close()

    async def ask(self, words: dict[str, Any]) -> dict[str, Any]:
        """Send a message and return the answer, or raise `Failed` if the process gives none."""
        if self._socket is None:
            raise _failed()
        loop, heard = asyncio.get_running_loop(), b""
        try:
            await loop.sock_sendall(self._socket, json.dumps(words).encode() + b"\n")
            while not heard.endswith(b"\n"):
                chunk = await loop.sock_recv(self._socket, LONGEST_LINE)
                heard += chunk
                if not chunk or len(heard) > LONGEST_LINE:
                    raise _failed()
        except OSError as error:
            raise _failed() from error
        said: dict[str, Any] = json.loads(heard)
        return said

    def close(self) -> None:
        """Kill the process and its children."""
        if self._socket:
            self._socket.close()
            self._socket = None
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
            _room.release()


def _started(descriptor: int) -> "subprocess.Popen[bytes]":
    """Start the process without anything of this one: no environment, directory or other file."""
    command = [sys.executable, "-I", "-m", "probes.auth.negotiate.process"]
    return subprocess.Popen(  # noqa: S603 - our own module
        command,
        stdin=descriptor,
        stdout=descriptor,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )


def _failed() -> Failed:
    return Failed(ours("Kerberos failed within this worker."))
