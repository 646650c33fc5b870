"""nginx, lighttpd and Apache with the users and passwords that a test wants."""

import hashlib
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program
from tests.servers.web_config import apache_command, nginx_command

_HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}


@contextmanager
def open_directory() -> Iterator[Path]:
    """Make a directory that servers can read after they gave up being root."""
    with tempfile.TemporaryDirectory(prefix="server-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory


def ha1(algorithm: str, user: str, realm: str, password: str) -> str:
    return hashlib.new(_HASHES[algorithm], f"{user}:{realm}:{password}".encode()).hexdigest()


@contextmanager
def nginx(user: str, password: str, *, encoding: str = "utf-8") -> Iterator[str]:
    """Serve a page that asks for Basic authorization."""
    path, port = program("nginx"), free_port()
    with open_directory() as directory:
        digest = hashlib.sha1(password.encode(encoding), usedforsecurity=False).digest()
        line = f"{user}:{{SHA}}{b64encode(digest).decode()}\n"
        (directory / "users").write_bytes(line.encode(encoding))
        (directory / "index.html").write_text("inside")
        server = f"""
            listen 127.0.0.1:{port}; root {directory};
            location / {{ auth_basic "in"; auth_basic_user_file {directory}/users; }}
        """
        command = nginx_command(path, directory, server)
        with daemon(command, port):
            yield f"http://127.0.0.1:{port}"


@contextmanager
def lighttpd(users: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Serve `/<algorithm>/` for each algorithm, `/hidden/` with userhash and `/both/` with two."""
    path, port = program("lighttpd"), free_port()
    with open_directory() as directory:
        lines, rules = [], []
        wanted = [(name, name, "disable") for name in _HASHES]
        wanted += [("hidden", "SHA-256", "enable"), ("both", "SHA-256|MD5", "disable")]
        for realm, algorithms, userhash in wanted:
            name = algorithms.partition("|")[0]
            for user, password in users:
                hidden = hashlib.new(_HASHES[name], f"{user}:{realm}".encode()).hexdigest()
                lines.append(f"{user}:{realm}:{ha1(name, user, realm, password)}:{hidden}")
            rules.append(
                f'"/{realm}/" => ("method" => "digest", "algorithm" => "{algorithms}",'
                f' "realm" => "{realm}", "require" => "valid-user", "userhash" => "{userhash}")'
            )
            (directory / realm).mkdir()
            (directory / realm / "index.html").write_text("inside")
        (directory / "users").write_text("\n".join(lines) + "\n")
        config = directory / "lighttpd.conf"
        config.write_text(
            f'server.document-root = "{directory}"\nserver.port = {port}\n'
            'server.bind = "127.0.0.1"\nserver.modules = ("mod_auth", "mod_authn_file")\n'
            'index-file.names = ("index.html")\nauth.backend = "htdigest"\n'
            f'auth.backend.htdigest.userfile = "{directory}/users"\n'
            f"auth.require = ({', '.join(rules)})\n"
        )
        with daemon([path, "-D", "-f", str(config)], port):
            yield f"http://127.0.0.1:{port}"


@contextmanager
def apache(user: str, password: str, *, nonce_seconds: int) -> Iterator[str]:
    """Serve a page that asks for Digest with nonces that soon are stale."""
    path, port = program("apache2"), free_port()
    with open_directory() as directory:
        (directory / "users").write_text(f"{user}:in:{ha1('MD5', user, 'in', password)}\n")
        (directory / "index.html").write_text("inside")
        modules = (
            "mpm_event",
            "authn_core",
            "authn_file",
            "authz_core",
            "authz_user",
            "auth_digest",
        )
        lines = f"""
            <Location />
                AuthType Digest
                AuthName in
                AuthUserFile {directory}/users
                AuthDigestNonceLifetime {nonce_seconds}
                Require valid-user
            </Location>
        """
        with daemon(apache_command(path, directory, port, modules, lines), port):
            yield f"http://127.0.0.1:{port}/index.html"
