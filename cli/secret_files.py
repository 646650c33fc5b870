"""The secret files that docker-compose.yml names: missing ones are made, existing ones are kept.

Passwords are in the URLs of the processes that log in with them. The two files for the servers are
derived from those URLs, and written again each time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from devstack import keys
from devstack.servers import redis_users
from security.certificates import Authority, Pair
from security.login import scram
from security.messages.components import COMPONENTS
from security.messages.keys import MessageKeys
from services.operations.database_rights import RIGHTS

PRIVATE = 0o400
"""For no container: to be stored elsewhere."""
READABLE = 0o444
"""For containers, whose users have other ids than ours. The directory keeps all others out."""
TO_FILL_IN = {
    "smtp_url": "smtp://user:password@mail.example.com:587?starttls=required\n",
    "sms_token": "",
    "stripe_key": "",
    "stripe_webhook_secrets": "",
    "watchdog_url": "",
}
_WRITABLE = 0o644
_MOUNTED = "/run/secrets"
_OWNER = "downtime"
_HEALTH = "health"
_REGION = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPaths:
    """Where processes find the servers: a host, optionally with a port."""

    postgres: str = "postgres"
    redis: str = "redis"


class MissingError(Exception):
    """The text names the file that is needed."""


class SecretFiles:
    """The files in one directory; `made` has the names of the new ones."""

    def __init__(self, directory: Path) -> None:
        self.made: list[str] = []
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(self, name: str, new: str, *, mode: int = READABLE) -> str:
        """Return the content of the file, which is `new` if there was none."""
        if not self._has(name):
            keys.create(self._directory / name, new, mode=mode)
            self.made.append(name)
        return (self._directory / name).read_text().strip()

    def read(self, name: str, *, to_make: Iterable[str]) -> str:
        """Return the content of the file, or raise `MissingError` if it is stored elsewhere."""
        if not self._has(name):
            raise MissingError(f"{name} is needed to create {', '.join(to_make)}. Restore it.")
        return (self._directory / name).read_text()

    def rewrite(self, name: str, content: str, *, mode: int = READABLE) -> None:
        (self._directory / name).unlink(missing_ok=True)
        keys.create(self._directory / name, content, mode=mode)

    def lack(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if not self._has(name)]

    def _has(self, name: str) -> bool:
        return (self._directory / name).exists()


def make_all(directory: Path, places: SecretPaths, *, now: datetime) -> list[str]:
    """Make what is missing, and return its names.

    Raise `MissingError` if that needs a removed file, and `ValueError` if a file is malformed.
    """
    files = SecretFiles(directory)
    _make_certificates(files, places, now)
    _make_logins(files, places.postgres)
    _make_redis_users(files, places.redis)
    _make_message_keys(files)
    files.keep("jwt_private_key", keys.new_signing_key())
    files.keep("encryption_keys", keys.new_encryption_key())
    files.keep("metrics_token", keys.new_password())
    files.keep("flower_basic_auth", f"operator:{keys.new_password()}")
    for name, example in TO_FILL_IN.items():
        files.keep(name, example, mode=_WRITABLE)
    return files.made


def _make_certificates(files: SecretFiles, places: SecretPaths, now: datetime) -> None:
    """Issue a certificate for each server without one, and for all if the authority is new."""
    servers = {"postgres": places.postgres, "redis": places.redis}
    is_new = bool(files.lack(["ca_certificate"]))
    missing = [
        server
        for server in servers
        if is_new or files.lack([f"{server}_certificate", f"{server}_key"])
    ]
    if not missing:
        return
    authority = _new_authority(files, now) if is_new else _authority(files, missing)
    for server in missing:
        host = urlsplit(f"//{servers[server]}").hostname or servers[server]
        _write(files, server, authority.issue(host, now=now))


def _new_authority(files: SecretFiles, now: datetime) -> Authority:
    authority = Authority.new(now=now)
    _write(files, "ca", authority.pair, mode=PRIVATE)
    return authority


def _authority(files: SecretFiles, missing: Sequence[str]) -> Authority:
    key = files.read("ca_key", to_make=missing)
    return Authority.parse(Pair(files.read("ca_certificate", to_make=missing), key))


def _write(files: SecretFiles, name: str, pair: Pair, *, mode: int = READABLE) -> None:
    """Write the key first: if the certificate is missing, the pair is made again."""
    files.rewrite(f"{name}_key", pair.key, mode=mode)
    files.rewrite(f"{name}_certificate", pair.certificate)
    files.made += [f"{name}_key", f"{name}_certificate"]


def _make_logins(files: SecretFiles, place: str) -> None:
    owner = files.keep("postgres_password", keys.new_password())
    files.keep("database_url_owner", _database_url(_OWNER, owner, place))
    lines = []
    for name in RIGHTS:
        file = f"database_url_{name}"
        url = files.keep(file, _database_url(name, keys.new_password(), place))
        lines.append(f"{name} {scram.verifier(_password(file, url))}\n")
    files.rewrite("postgres_logins", "".join(lines))


def _make_redis_users(files: SecretFiles, place: str) -> None:
    passwords = {_HEALTH: files.keep(f"redis_password_{_HEALTH}", keys.new_password())}
    for name in redis_users.names():
        if name != _HEALTH:
            file = f"redis_url_{name}"
            url = files.keep(file, _redis_url(name, keys.new_password(), place))
            passwords[name] = _password(file, url)
    files.rewrite("redis_users", redis_users.acl(passwords))


def _make_message_keys(files: SecretFiles) -> None:
    rings = {f"message_keys_{component}": component for component in COMPONENTS}
    missing = files.lack(rings)
    if not missing:
        return
    if len(missing) == len(rings):
        files.keep("message_master", keys.new_message_key(), mode=PRIVATE)
    master = MessageKeys.parse(files.read("message_master", to_make=missing))
    for file in missing:
        files.keep(file, master.ring_for(rings[file], region=_REGION))


def _database_url(user: str, password: str, place: str) -> str:
    trust = f"sslmode=verify-full&sslrootcert={_MOUNTED}/ca_certificate"
    return f"postgresql://{user}:{password}@{place}/downtime?{trust}"


def _redis_url(user: str, password: str, place: str) -> str:
    return f"rediss://{user}:{password}@{place}/0?ssl_ca_certs={_MOUNTED}/ca_certificate"


def _password(file: str, url: str) -> str:
    password = urlsplit(url).password
    if not password:
        raise ValueError(f"{file} contains no password.")
    return unquote(password)
