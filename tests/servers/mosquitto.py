"""Mosquitto, a broker of MQTT that also speaks it over websockets.

One listener wants a login, and one a certificate of the authority `clients`, if there is one.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

import trustme

from tests.servers.certificates import Certificates
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program


@dataclass
class Ports:
    plain: int
    tls: int
    websocket: int
    locked: int
    mutual: int


USERNAME, PASSWORD = "watcher", "canary-pässword"


@contextmanager
def mosquitto(
    directory: Path, certificates: Certificates, clients: trustme.CA | None = None
) -> Iterator[Ports]:
    path = program("mosquitto")
    certificate, key = certificates.files(directory)
    ports = Ports(*(free_port() for _ in range(5)))
    passwords, authority = directory / "passwords", directory / "clients.pem"
    passwords.touch(mode=0o600)
    subprocess.run(
        [program("mosquitto_passwd"), "-b", str(passwords), USERNAME, PASSWORD], check=True
    )
    (clients or trustme.CA()).cert_pem.write_to_path(str(authority))
    config = directory / "mosquitto.conf"
    config.write_text(
        "per_listener_settings true\nuser root\n"
        f"listener {ports.plain} 127.0.0.1\nallow_anonymous true\n"
        f"listener {ports.tls} 127.0.0.1\nallow_anonymous true\n"
        f"certfile {certificate}\nkeyfile {key}\n"
        f"listener {ports.websocket} 127.0.0.1\nallow_anonymous true\nprotocol websockets\n"
        f"listener {ports.locked} 127.0.0.1\nallow_anonymous false\n"
        f"password_file {passwords}\n"
        f"listener {ports.mutual} 127.0.0.1\nallow_anonymous true\nrequire_certificate true\n"
        f"certfile {certificate}\nkeyfile {key}\ncafile {authority}\n"
    )
    with daemon([path, "-c", config], *astuple(ports)):
        yield ports
