"""squid, which wants a user and a password, and dante, which wants none."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from tests.servers.certificates import Certificates
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program
from tests.servers.web_servers import open_directory

USER, PASSWORD = "walter", "let me:through"
_REALM = "proxy"
_HELPERS = Path("/usr/lib/squid")


@contextmanager
def squid(
    authentication: Literal["basic", "digest"], authority: Certificates | None = None
) -> Iterator[str]:
    """Run squid; with an authority, what is said to it goes over TLS with a certificate of that."""
    path, port = program("squid"), free_port()
    with open_directory() as directory:
        config = directory / "squid.conf"
        config.write_text(f"""
            {_listening(directory, port, authority)}
            pid_filename {directory}/pid
            access_log none
            cache_log /dev/null
            cache_store_log none
            cache deny all
            netdb_filename none
            pinger_enable off
            visible_hostname localhost
            shutdown_lifetime 0 seconds
            auth_param {authentication} program {_helper(directory, authentication)}
            auth_param {authentication} children 1 startup=1
            auth_param {authentication} realm {_REALM}
            acl known proxy_auth REQUIRED
            http_access allow known
            http_access deny all
        """)
        with daemon([path, "-N", "-f", str(config)], port):
            yield f"http{'s' if authority else ''}://127.0.0.1:{port}"


def _listening(directory: Path, port: int, authority: Certificates | None) -> str:
    if authority is None:
        return f"http_port 127.0.0.1:{port}"
    certificate, key = authority.files(directory)
    return f"https_port 127.0.0.1:{port} tls-cert={certificate} tls-key={key}"


def _helper(directory: Path, authentication: str) -> str:
    users = directory / "users"
    if authentication == "basic":
        digest = hashlib.md5(PASSWORD.encode()).hexdigest()  # noqa: S324 - the file's format
        users.write_text(f"{USER}:{digest}\n")
        return f"{_HELPERS}/basic_ncsa_auth {users}"
    ha1 = hashlib.md5(f"{USER}:{_REALM}:{PASSWORD}".encode()).hexdigest()  # noqa: S324 - the file's format
    users.write_text(f"{USER}:{_REALM}:{ha1}\n")
    return f"{_HELPERS}/digest_file_auth -c {users}"


@contextmanager
def dante() -> Iterator[str]:
    path, port = program("danted"), free_port()
    with open_directory() as directory:
        config = directory / "danted.conf"
        config.write_text(f"""
            logoutput: {directory}/log
            internal: 127.0.0.1 port = {port}
            external: 127.0.0.1
            user.privileged: root
            user.unprivileged: nobody
            clientmethod: none
            socksmethod: none
            client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
            socks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
        """)
        with daemon([path, "-f", str(config), "-p", f"{directory}/pid"], port):
            yield f"socks5h://127.0.0.1:{port}"
