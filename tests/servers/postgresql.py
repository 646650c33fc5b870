"""PostgreSQL with TLS and a user for each method of login, as Debian packages it.

The embedded one has no TLS.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.certificates import Certificates
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import missing
from tests.servers.web_servers import open_directory

PASSWORD = "kennwort-Ünï"
_USER = "postgres"
_USERS = """
CREATE ROLE trusted LOGIN;
SET password_encryption = 'md5';
CREATE ROLE hashed LOGIN PASSWORD '{password}';
SET password_encryption = 'scram-sha-256';
CREATE ROLE scram LOGIN PASSWORD '{password}';
CREATE ROLE clear LOGIN PASSWORD '{password}';
CREATE ROLE system LOGIN PASSWORD '{password}';
CREATE DATABASE shop;
\\c shop
CREATE TABLE orders (id int, note text);
INSERT INTO orders SELECT n, repeat('x', 100) FROM generate_series(1, 5000) AS n;
CREATE TABLE secrets (id int);
CREATE SEQUENCE numbers;
CREATE FUNCTION remove_orders() RETURNS int LANGUAGE sql AS 'DELETE FROM orders RETURNING 1';
GRANT ALL ON orders TO scram;
GRANT ALL ON numbers TO scram;
"""
_WHO_MAY_COME = """
local all postgres trust
host all trusted 127.0.0.1/32 trust
host all hashed 127.0.0.1/32 md5
hostssl all clear 127.0.0.1/32 password
host all clear 127.0.0.1/32 password
host all system 127.0.0.1/32 ident
host all scram 127.0.0.1/32 scram-sha-256
"""


@contextmanager
def postgresql(certificates: Certificates) -> Iterator[int]:
    """Yield the port of a server that has the database `shop`."""
    programs = _programs()
    with open_directory() as directory:
        data, port = directory / "data", free_port()
        certificate, key = certificates.files(directory)
        _give(directory, certificate, key)
        _run([programs / "initdb", "-D", data, "-U", _USER, "--auth=trust", "-E", "UTF8", "-N"])
        (data / "pg_hba.conf").write_text(_WHO_MAY_COME)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": directory,
            "ssl": "on",
            "ssl_cert_file": certificate,
            "ssl_key_file": key,
            "fsync": "off",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        command = _as_user([programs / "postgres", "-D", data, *options])
        with daemon(command, port):
            place = ["-h", str(directory), "-p", str(port), "-U", _USER]
            _run(
                [programs / "psql", *place, "-v", "ON_ERROR_STOP=1"],
                _USERS.format(password=PASSWORD),
            )
            yield port


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else missing("postgresql")


def _give(*paths: Path) -> None:
    if os.geteuid() == 0:
        for path in paths:
            subprocess.run(["chown", _USER, path], check=True)


def _as_user(command: list[str | Path]) -> list[str | Path]:
    """Return the command for the user of the server, which refuses to run as root."""
    return (
        ["setpriv", f"--reuid={_USER}", "--clear-groups", *command]
        if os.geteuid() == 0
        else command
    )


def _run(command: list[str | Path], said: str = "") -> None:
    subprocess.run(
        _as_user(command), input=said, text=True, check=True, capture_output=True, cwd="/"
    )
