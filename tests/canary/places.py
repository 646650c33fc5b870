"""Where a secret might have ended up: everything that a stack writes, keeps, shows or is started with."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg2
from redis import Redis

from devstack.stack import Stack

Places = dict[str, bytes]
"""What was written, by the name of the place."""

_PAUSE_SECONDS = 0.25


def logs(stack: Stack) -> Places:
    files = (stack.directory / "log").iterdir()
    return {f"log/{each.name}": each.read_bytes() for each in files if not _of_database(each)}


def statements(stack: Stack) -> Places:
    files = filter(_of_database, (stack.directory / "log").iterdir())
    return {f"log/{each.name}": each.read_bytes() for each in files}


def _of_database(log: Path) -> bool:
    return log.name.startswith("postgres")


def log_statements(stack: Stack) -> None:
    """Let the database write down each statement with its values, as it does of those that fail."""
    assert stack.postgres
    with owner(stack.postgres.url()) as cursor:
        cursor.execute("ALTER DATABASE postgres SET log_min_messages = 'log'")
        cursor.execute("ALTER DATABASE postgres SET log_statement = 'all'")
        # Who is connected comes again.
        others = "pid <> pg_backend_pid() AND backend_type = 'client backend'"
        cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


@contextmanager
def owner(url: str) -> Iterator[Any]:
    """Each statement is a transaction, so that none waits for one that waits for it."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def database(stack: Stack) -> Places:
    """Give all that the database holds, as text, and the statements that its connections made last."""
    assert stack.postgres
    programs = Path(stack.postgres.process.program.command[0]).parent
    url = stack.postgres.url()
    asked = "SELECT usename, query FROM pg_stat_activity"
    return {
        "pg_dump": _output(programs / "pg_dump", url),
        "pg_stat_activity": _output(programs / "psql", url, "-c", asked),
    }


def _output(*command: str | Path) -> bytes:
    return subprocess.run(command, check=True, capture_output=True).stdout


def inbox(stack: Stack) -> Places:
    files = [file for file in (stack.directory / "inbox").rglob("*.*") if file.is_file()]
    return {f"inbox/{file.name}": file.read_bytes() for file in files}


def redis(stack: Stack) -> Places:
    """Give every value by its key, and the files that Redis keeps them in."""
    assert stack.redis
    with Redis.from_url(stack.redis.url) as client:
        client.config_set("rdbcompression", "no")
        client.save()
        found = {
            f"redis {key!r}": key + repr(_value(client, key)).encode() for key in client.scan_iter()
        }
    files = [file for file in stack.redis.directory.rglob("*") if file.is_file()]
    return found | {f"redis/{file.name}": file.read_bytes() for file in files}


def _value(client: Any, key: bytes) -> Any:  # noqa: ANN401 - of any type
    read = {
        b"string": lambda: client.get(key),
        b"list": lambda: client.lrange(key, 0, -1),
        b"set": lambda: client.smembers(key),
        b"zset": lambda: client.zrange(key, 0, -1),
        b"hash": lambda: client.hgetall(key),
    }
    kind = client.type(key)
    return None if kind == b"none" else read[kind]()


class Processes:
    """Looks again and again what our children, and theirs, were started with."""

    def __init__(self) -> None:
        self._seen: dict[str, set[bytes]] = {"cmdline": set(), "environ": set()}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def command_lines(self) -> bytes:
        return b"\n".join(self._seen["cmdline"])

    def environments(self) -> bytes:
        return b"\n".join(self._seen["environ"])

    def _look_on(self) -> None:
        me = psutil.Process()
        while not self._over.wait(_PAUSE_SECONDS):
            for process in me.children(recursive=True):
                for name, seen in self._seen.items():
                    with suppress(OSError):
                        seen.add(Path(f"/proc/{process.pid}/{name}").read_bytes())
