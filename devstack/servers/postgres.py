"""An embedded Postgres on a unix socket."""

import contextlib
import os
import re
import signal
import time
from pathlib import Path

import psutil
import psycopg2

from devstack.errors import NotReadyError
from devstack.process import Process, Report, silent
from devstack.program import Program
from devstack.servers import cluster, server_user, socket_directory

_START_SECONDS = 60
_COMPLAINING_SECONDS = 3.0
"""How long a server may take to start although it logged an error."""
_COMPLAINT = re.compile(r"(?:FATAL|PANIC|postgres): +(.+)")
_PASSING = re.compile(r"the database system is|too many clients|slots are reserved")
"""Messages while it starts, stops, recovers, or has no free connection."""
_STOP_SECONDS = 30
_SOCKET_NAME = ".s.PGSQL.5432.lock"
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_wal_size": "512MB",
    "log_min_messages": "fatal",
    # A laptop needs little: no processes for read-ahead or parallel queries.
    "io_method": "sync",
    "max_parallel_workers_per_gather": "0",
}
# Only the owner may enter the directory of the socket. Processes of a stack need a password.
_WHO_MAY_COME = """\
local all postgres trust
local all all scram-sha-256
"""
_UNSAFE = {"fsync": "off", "full_page_writes": "off"}
_STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class Postgres:
    """A server over `data_dir`; its database `postgres` is the default one."""

    def __init__(
        self,
        data_dir: Path,
        *,
        durable: bool = True,
        log: Path | None = None,
        report: Report = silent,
    ) -> None:
        """Start the server, creating its cluster first if there is none.

        Pass `durable=False` only in tests: data then survives a killed process, but not a lost
        machine.
        """
        self.data_dir = data_dir.absolute()
        self._durable = durable
        self._user = server_user.find()
        cluster.ensure(self.data_dir, user=self._user, durable=durable)
        (self.data_dir / "pg_hba.conf").write_text(_WHO_MAY_COME)
        self._socket_dir = socket_directory.choose(self.data_dir, _SOCKET_NAME, user=self._user)
        if self._user:
            server_user.give(self._socket_dir, self._user)
        self.process = Process(self._program(log or self.data_dir.parent / "postgres.log"), report)
        self.start()

    def url(self, database: str = "postgres", *, login: str = "postgres") -> str:
        """Return the URL for a login: a name, or a name and a password with a colon between them."""
        return f"postgresql://{login}@/{database}?host={self._socket_dir}"

    def start(self) -> None:
        """Return when the server answers, or raise `NotReadyError`."""
        log = self.process.program.log
        written = log.stat().st_size if log.exists() else 0
        self.process.start()
        ends_at = time.monotonic() + _START_SECONDS
        complaint: str | None = None
        while (obstacle := self._obstacle()) is not None:
            if complaint is None and (complaint := _complaint(obstacle, log, written)):
                ends_at = min(ends_at, time.monotonic() + _COMPLAINING_SECONDS)
            if self.process.failing or time.monotonic() > ends_at:
                self.process.stop(_STOP_SIGNALS["immediate"])
                raise NotReadyError(self._in_words(complaint or obstacle.strip().splitlines()[0]))
            time.sleep(0.02)

    def _obstacle(self) -> str | None:
        """Return the driver's message if nobody can connect, or None."""
        try:
            psycopg2.connect(self.url(), connect_timeout=3).close()
        except psycopg2.OperationalError as error:
            return str(error)
        return None

    def _in_words(self, complaint: str) -> str:
        return (
            f"Postgres cannot run on {self.data_dir}: {complaint.rstrip('.')}. ({self.process.program.log} says "
            "more.) If this folder was damaged, restore it from a backup, or move it away: the next start makes "
            "an empty database."
        )

    def stop(self, mode: str = "fast") -> None:
        self.process.stop(_STOP_SIGNALS[mode])

    def restart(self, mode: str = "fast") -> None:
        """Stop and start; `immediate` is a crash that the next start recovers from."""
        self.stop(mode)
        self.start()

    def _program(self, log: Path) -> Program:
        settings = _SETTINGS | ({} if self._durable else _UNSAFE)
        options = [part for item in settings.items() for part in ("-c", "=".join(item))]
        places = ["-D", str(self.data_dir), "-k", str(self._socket_dir)]
        return Program(
            name="postgres",
            command=[str(cluster.binary("postgres")), *places, *options],
            environment={**os.environ, "LC_ALL": "C"},  # noqa: TID251 - passed on
            log=log,
            user=self._user,
            stop_signal=_STOP_SIGNALS["fast"],
            stop_seconds=_STOP_SECONDS,
            orphan_signal=_STOP_SIGNALS["immediate"],
            before_start=self._clear,
        )

    def _clear(self) -> None:
        """Wait for an earlier server over the same files, and remove the lock of a dead one.

        Postgres itself would mistake any process of ours with the dead one's id for it.
        """
        lock = self.data_dir / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
            earlier = int(lock.read_text().split()[0])
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(earlier)
                if process.name() == "postgres":
                    _end(process)
        lock.unlink(missing_ok=True)
        (self._socket_dir / _SOCKET_NAME).unlink(missing_ok=True)


def _end(process: psutil.Process) -> None:
    process.send_signal(_STOP_SIGNALS["fast"])
    try:
        process.wait(_STOP_SECONDS)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait()


def _complaint(obstacle: str, log: Path, written: int) -> str | None:
    """Return the last error that the server reported, to a client or in the new part of its log."""
    lines = log.read_bytes()[written:].decode(errors="replace") if log.exists() else ""
    said = [
        each for each in _COMPLAINT.findall(f"{lines}\n{obstacle}") if not _PASSING.search(each)
    ]
    return said[-1] if said else None
