"""A hub that gunicorn serves as in production, and readers of its streams."""

import os
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from devstack.program import Program
from domain.hints import Hint, parse
from tests.devstack.eventually import eventually
from tests.servers import forks

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_SECONDS = 60
_ADDRESS = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")
_HINT = re.compile(rb"data: (\{\"v\".*?\})\n\n")
PAGES = "http://pages.test"
NONE: Mapping[str, str] = {}


class StreamReader(socket.socket):
    """One open stream, and what was heard of it."""

    def __init__(
        self, port: int, cookie: str, *, buffer: int = 0, headers: Mapping[str, str] = NONE
    ) -> None:
        super().__init__()
        self.settimeout(_PATIENCE_SECONDS)
        if buffer:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.connect(("127.0.0.1", port))
        usual = {"Host": "live.test", "Cookie": f"session={cookie}", "Origin": PAGES}
        lines = {**usual, **headers}
        written = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
        self.sendall(f"GET /live/events HTTP/1.1\r\n{written}\r\n".encode())
        self.heard = b""

    def __enter__(self) -> Self:
        return self

    @property
    def status(self) -> int:
        self._until(lambda: b"\r\n\r\n" in self.heard)
        return int(self.heard.split()[1])

    @property
    def head(self) -> str:
        self._until(lambda: b"\r\n\r\n" in self.heard)
        return self.heard.partition(b"\r\n\r\n")[0].decode().lower()

    @property
    def hints(self) -> list[Hint]:
        return [parse(found) for found in _HINT.findall(self.heard)]

    def opened(self) -> Self:
        """Wait until the stream has begun, with the current version."""
        assert self.status == 200, self.heard
        self._until(lambda: bool(self.hints))
        return self

    def hear_hint(self, seconds: float = _PATIENCE_SECONDS) -> Hint:
        """Return the next hint that was not heard yet."""
        known = len(self.hints)
        self._until(lambda: len(self.hints) > known, seconds)
        return self.hints[-1]

    def hear(self, text: bytes, seconds: float = _PATIENCE_SECONDS) -> None:
        known = self.heard.count(text)
        self._until(lambda: self.heard.count(text) > known, seconds)

    def hear_end(self, seconds: float = _PATIENCE_SECONDS) -> None:
        """Wait until the stream ends."""
        deadline = time.monotonic() + seconds
        with suppress(ConnectionError):
            while self._hear_more(deadline):
                pass

    def is_silent(self, seconds: float) -> bool:
        """Return whether no hint comes in a time."""
        try:
            self.hear_hint(seconds)
        except TimeoutError:
            return True
        return False

    def _until(self, is_done: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not is_done():
            if not self._hear_more(deadline):
                raise EOFError(self.heard)

    def _hear_more(self, deadline: float) -> bytes:
        self.settimeout(max(0.01, deadline - time.monotonic()))
        piece = self.recv(65_536)
        self.heard += piece
        return piece


@dataclass(slots=True)
class RunningHub:
    log: Path
    process: forks.Fork
    port: int = 0

    def open(
        self, cookie: str, *, buffer: int = 0, headers: Mapping[str, str] = NONE
    ) -> StreamReader:
        return StreamReader(self.port, cookie, buffer=buffer, headers=headers)

    def said(self) -> str:
        return self.log.read_text()


@contextmanager
def hub(
    directory: Path, environment: Mapping[str, str], *, application: str = "tests.live.served:app"
) -> Iterator[RunningHub]:
    """Serve until the block ends."""
    log = directory / "live.log"
    program = str(Path(sys.executable).with_name("gunicorn"))
    config = _ROOT / "tests" / "live" / "less_patient.py"
    own = {"DOWNTIME_PUBLIC_URL": PAGES, "DOWNTIME_LIVE_BIND": "127.0.0.1:0", **environment}
    command = [program, "--config", str(config), application]
    process = forks.Fork(Program("live", command, os.environ | own, log))
    running = RunningHub(log, process)
    try:
        eventually(lambda: _listens(running), seconds=_PATIENCE_SECONDS)
        yield running
    finally:
        process.end(_PATIENCE_SECONDS)


def _listens(running: RunningHub) -> bool:
    assert running.process.poll() is None, running.said()
    found = _ADDRESS.search(running.said())
    if found is None or "ASGI server listening" not in running.said():
        return False
    running.port = int(found[1])
    return True
