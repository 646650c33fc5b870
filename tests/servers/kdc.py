"""A key distribution centre of MIT Kerberos, with a realm of its own and the principals of a test."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.clocks import clock
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program

REALM = "TEST.EXAMPLE"


@dataclass(frozen=True, slots=True)
class Kdc:
    """`environment` is that of every program of the realm, the servers that it knows included."""

    directory: Path
    port: int
    environment: tuple[str, ...]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def add(self, principal: str, *options: str, password: str | None = None) -> None:
        """Add a principal, with a random key where it has no password."""
        secret = ("-pw", password) if password else ("-randkey",)
        self.administer("addprinc", *options, *secret, principal)

    def keytab(self, principal: str, name: str) -> Path:
        """Write the keys of a principal to a file; `-norandkey` leaves a password what it is."""
        path = self.directory / name
        self.administer("ktadd", "-k", str(path), "-norandkey", principal)
        path.chmod(0o644)
        return path

    def administer(self, *words: str) -> None:
        _run("kadmin.local", self.environment, "-r", REALM, *words)


@contextmanager
def kdc(directory: Path, *, off: str | None = None) -> Iterator[Kdc]:
    """Serve a new realm over UDP and TCP; `off` is by how much its clock is wrong."""
    port = free_port()
    environment = _configure(directory, port)
    _run("kdb5_util", environment, "create", "-s", "-r", REALM, "-P", "of the database")
    command = ["env", *environment, *clock(off), program("krb5kdc"), "-n", "-r", REALM]
    with daemon(command, port):
        yield Kdc(directory, port, environment)


def _configure(directory: Path, port: int) -> tuple[str, ...]:
    where = f"127.0.0.1:{port}"
    (directory / "krb5.conf").write_text(
        f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n rdns = false\n"
        f"[realms]\n {REALM} = {{\n  kdc = {where}\n }}\n"
    )
    (directory / "kdc.conf").write_text(
        f"[kdcdefaults]\n kdc_listen = {where}\n kdc_tcp_listen = {where}\n"
        f"[realms]\n {REALM} = {{\n  database_name = {directory}/principals\n"
        f"  key_stash_file = {directory}/stash\n  acl_file = {directory}/acl\n"
        "  supported_enctypes = aes256-cts:normal aes128-cts:normal\n }\n"
        f"[logging]\n kdc = FILE:{directory}/kdc.log\n"
    )
    return (
        f"KRB5_CONFIG={directory}/krb5.conf",
        f"KRB5_KDC_PROFILE={directory}/kdc.conf",
    )


def _run(name: str, environment: Sequence[str], *words: str) -> None:
    command = ["env", *environment, program(name), *words]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
