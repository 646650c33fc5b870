"""Redis with TLS, a password of the default user, and a user of its access control list."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from tests.servers.certificates import Certificates
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program

PASSWORD = "kennwort-Ünï"


@dataclass(frozen=True)
class Ports:
    locked: int
    tls: int


@contextmanager
def redis(directory: Path, certificates: Certificates) -> Iterator[Ports]:
    """Serve the users `default`, `checker`, and `nobody`, who may do nothing."""
    ports = Ports(free_port(), free_port())
    certificate, key = certificates.files(directory)
    config = directory / "redis.conf"
    config.write_text(
        f"bind 127.0.0.1\nport {ports.locked}\ntls-port {ports.tls}\n"
        f"tls-cert-file {certificate}\ntls-key-file {key}\ntls-auth-clients no\n"
        f'tls-ca-cert-file {certificates.cafile}\nsave ""\nrequirepass "{PASSWORD}"\n'
        f"user checker on >{PASSWORD} +ping\nuser nobody on >{PASSWORD} -@all\n"
    )
    with daemon([program("redis-server"), config], *astuple(ports)):
        yield ports


@contextmanager
def open_redis() -> Iterator[int]:
    """Serve anybody."""
    port = free_port()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    with daemon([program("redis-server"), *options], port):
        yield port
