"""A real gunicorn with our worker, and clients that say and hear just what a test likes."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

from tests.devstack.eventually import eventually

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_SECONDS = 60
_ADDRESS = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST_REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


class Client(socket.socket):
    """One connection. What it reads it also keeps, since an answer may come in pieces."""

    def __init__(self, port: int, *, source: str = "127.0.0.1", buffer: int = 0) -> None:
        super().__init__()
        self.settimeout(_PATIENCE_SECONDS)
        if buffer:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self._heard = b""
        try:
            self.bind((source, 0))
            self.connect(("127.0.0.1", port))
        except OSError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def ask(self, said: bytes = REQUEST) -> tuple[int, bytes]:
        self.sendall(said)
        return self.hear()

    def hear(self) -> tuple[int, bytes]:
        """Return the status and the body of the next answer."""
        while b"\r\n\r\n" not in self._heard:
            self._hear_more()
        head, _, self._heard = self._heard.partition(b"\r\n\r\n")
        status, length = int(head.split()[1]), _length(head)
        while len(self._heard) < length:
            self._hear_more()
        body, self._heard = self._heard[:length], self._heard[length:]
        return status, body

    def hear_all(self) -> bytes:
        """Return what is said until the server closes, or breaks off."""
        with suppress(ConnectionResetError):
            while piece := self.recv(65_536):
                self._heard += piece
        return self._heard

    def _hear_more(self) -> None:
        piece = self.recv(65_536)
        if not piece:
            raise EOFError(self._heard)
        self._heard += piece


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


@dataclass(slots=True)
class Server:
    log: Path
    process: subprocess.Popen[bytes]
    port: int = 0
    _clients: list[Client] = field(default_factory=list)

    def client(self, *, source: str = "127.0.0.1", buffer: int = 0) -> Client:
        """Connect; the connection is kept until the server goes, or until it is closed."""
        self._clients.append(Client(self.port, source=source, buffer=buffer))
        return self._clients[-1]

    def clients(self, count: int, said: bytes = b"", *, buffer: int = 0) -> list[Client]:
        """Connect as many, each of which says that and then nothing."""
        made = [self.client(buffer=buffer) for _ in range(count)]
        for client in made:
            client.sendall(said)
        return made

    def answer(self, said: bytes = REQUEST) -> tuple[int, bytes]:
        """Ask on a connection of its own."""
        with Client(self.port) as client:
            return client.ask(said)

    def said(self) -> str:
        return self.log.read_text()

    def stop(self) -> None:
        for client in self._clients:
            client.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(_PATIENCE_SECONDS)


@contextmanager
def gunicorn(
    directory: Path,
    *options: str,
    application: str = "tests.servers.served:app",
    most_files: int = 1024,
) -> Iterator[Server]:
    """Serve as in production, unless the options say otherwise, until the block ends."""
    log = directory / "gunicorn.log"
    program = str(Path(sys.executable).with_name("gunicorn"))
    command = ["prlimit", f"--nofile={most_files}", program, "--config", "deploy/gunicorn.conf.py"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *options, application],
            cwd=_ROOT,
            env={**os.environ, "DOWNTIME_BIND": "127.0.0.1:0"},
            stdout=output,
            stderr=output,
        )
    server = Server(log, process)
    try:
        eventually(partial(_answers, server), seconds=_PATIENCE_SECONDS)
        yield server
    finally:
        server.stop()


def _answers(server: Server) -> bool:
    assert server.process.poll() is None, server.said()
    found = _ADDRESS.search(server.said())
    if found:
        server.port = int(found[1])
        server.answer()
    return found is not None
