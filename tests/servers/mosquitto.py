"""Mosquitto, a broker of MQTT that also speaks it over websockets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from tests.servers.certificates import Certificates
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program


@dataclass
class Ports:
    plain: int
    tls: int
    websocket: int
    locked: int


@contextmanager
def mosquitto(directory: Path, certificates: Certificates) -> Iterator[Ports]:
    path = program("mosquitto")
    certificate, key = certificates.files(directory)
    ports = Ports(*(free_port() for _ in range(4)))
    config = directory / "mosquitto.conf"
    config.write_text(
        "per_listener_settings true\nuser root\n"
        f"listener {ports.plain} 127.0.0.1\nallow_anonymous true\n"
        f"listener {ports.tls} 127.0.0.1\nallow_anonymous true\n"
        f"certfile {certificate}\nkeyfile {key}\n"
        f"listener {ports.websocket} 127.0.0.1\nallow_anonymous true\nprotocol websockets\n"
        f"listener {ports.locked} 127.0.0.1\nallow_anonymous false\n"
    )
    with daemon([path, "-c", config], *astuple(ports)):
        yield ports
