"""MariaDB with TLS, and users with and without a password."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.certificates import Certificates
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program
from tests.servers.web_servers import open_directory

PASSWORD = "kennwort-Ünï"
_USERS = f"""
CREATE DATABASE shop;
USE shop;
CREATE USER native@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
CREATE USER bare@'127.0.0.1';
CREATE USER private@'127.0.0.1' IDENTIFIED BY '{PASSWORD}' REQUIRE SSL;
CREATE USER system@'127.0.0.1' IDENTIFIED VIA unix_socket;
CREATE TABLE shop.orders (id int, note text);
INSERT INTO shop.orders SELECT seq, repeat('x', 100) FROM seq_1_to_5000;
CREATE TABLE shop.secrets (id int);
DELIMITER //
CREATE FUNCTION shop.remove_orders() RETURNS int BEGIN DELETE FROM shop.orders; RETURN 1; END//
DELIMITER ;
GRANT ALL ON shop.orders TO native@'127.0.0.1';
GRANT EXECUTE ON shop.* TO native@'127.0.0.1';
GRANT FILE ON *.* TO native@'127.0.0.1';
GRANT SELECT ON shop.orders TO bare@'127.0.0.1', private@'127.0.0.1';
"""


@contextmanager
def mariadb(certificates: Certificates) -> Iterator[int]:
    """Yield the port of a server that has the database `shop`."""
    server = program("mariadbd")
    with open_directory() as directory:
        port, data = free_port(), directory / "data"
        certificate, key = certificates.files(directory)
        common = ["--no-defaults", f"--datadir={data}", *_as_user(directory)]
        subprocess.run(
            [program("mariadb-install-db"), *common, "--auth-root-authentication-method=normal"],
            check=True,
            capture_output=True,
        )
        options = [
            f"--port={port}",
            "--bind-address=127.0.0.1",
            f"--socket={directory}/socket",
            f"--pid-file={directory}/pid",
            f"--ssl-cert={certificate}",
            f"--ssl-key={key}",
            "--innodb-buffer-pool-size=16M",
            "--innodb-log-file-size=8M",
            "--innodb-flush-log-at-trx-commit=0",
            "--character-set-server=utf8mb4",
            "--skip-name-resolve",
            "--skip-log-bin",
        ]
        client = [program("mariadb"), "--no-defaults", f"--socket={directory}/socket", "-uroot"]
        with daemon([server, *common, *options], port):
            charset = "--default-character-set=utf8mb4"
            subprocess.run(
                [*client, charset], input=_USERS.encode(), check=True, capture_output=True
            )
            yield port


def _as_user(directory: Path) -> list[str]:
    """Return the options for the user of the server, which refuses to run as root."""
    if os.geteuid() != 0:
        return []
    for path in (directory, *directory.iterdir()):
        subprocess.run(["chown", "mysql", path], check=True)
    return ["--user=mysql"]
