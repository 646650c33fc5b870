"""The kinds of monitor as a reader chooses among them, and how their addresses are written."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.evaluation import heartbeat
from probes.endpoints import host_of
from probes.urls import UrlError
from services.monitors.kinds import SETTINGS
from web.translations import marked


@dataclass(frozen=True, slots=True)
class Kind:
    """`about` says in a sentence what is watched, and `example` is an address."""

    name: str
    about: str
    example: str = ""

    @property
    def has_address(self) -> bool:
        return self.name != heartbeat.KIND


GROUPS: Sequence[tuple[str, Sequence[Kind]]] = (
    (
        marked("Websites and APIs"),
        (
            Kind(
                "http",
                marked(
                    "Requests a page or an API, and judges its status, its content and its time."
                ),
                "https://example.com/",
            ),
            Kind(
                "multistep",
                marked(
                    "Sends several requests that build on each other, such as log in, create and read."
                ),
                "https://example.com/",
            ),
            Kind(
                "websocket",
                marked("Opens a WebSocket, and may send a message and wait for one."),
                "wss://example.com/live",
            ),
            Kind(
                "grpc",
                marked("Asks a gRPC server for the health of a service."),
                "grpcs://grpc.example.com",
            ),
        ),
    ),
    (
        marked("Jobs"),
        (
            Kind(
                heartbeat.KIND,
                marked(
                    "Waits for the pings of a backup, a cron job or a device, and says if one is late."
                ),
            ),
        ),
    ),
    (
        marked("Network"),
        (
            Kind(
                "icmp",
                marked("Sends pings, and judges how many are answered."),
                "icmp://example.com",
            ),
            Kind(
                "tcp",
                marked("Connects to a port, and may send a text and wait for one."),
                "tcp://game.example.com:27015",
            ),
            Kind(
                "udp",
                marked("Sends a datagram, and waits for an answer."),
                "udp://game.example.com:27015",
            ),
            Kind(
                "dns",
                marked("Asks for the records of a name, and compares them with those expected."),
                "dns://example.com?type=A",
            ),
            Kind(
                "ssh",
                marked("Connects to an SSH server, reads its banner, and may log in."),
                "ssh://example.com",
            ),
        ),
    ),
    (
        marked("Certificates and domains"),
        (
            Kind(
                "tls",
                marked("Makes a TLS handshake, and warns before the certificate expires."),
                "tls://example.com",
            ),
            Kind(
                "rdap",
                marked("Asks the registry, and warns before the domain expires."),
                "rdap:example.com",
            ),
        ),
    ),
    (
        marked("Databases"),
        (
            Kind(
                "sql",
                marked("Sends a query to PostgreSQL, MySQL or MariaDB, and judges the answer."),
                "postgresql://db.example.com/shop",
            ),
            Kind(
                "redis",
                marked("Pings a Redis server, and may log in first."),
                "rediss://cache.example.com",
            ),
        ),
    ),
    (
        marked("Mail, files and messages"),
        (
            Kind(
                "smtp",
                marked("Greets a mail server that takes messages, and may log in."),
                "smtp://mail.example.com",
            ),
            Kind(
                "imap",
                marked("Greets a mailbox server (IMAP), and may log in."),
                "imaps://mail.example.com",
            ),
            Kind(
                "pop3",
                marked("Greets a mailbox server (POP3), and may log in."),
                "pop3s://mail.example.com",
            ),
            Kind("ftp", marked("Greets a file server, and may log in."), "ftp://files.example.com"),
            Kind(
                "mqtt",
                marked("Connects to an MQTT broker, and may log in."),
                "mqtts://broker.example.com",
            ),
        ),
    ),
)
_OTHERS = marked("Others")


def grouped() -> Sequence[tuple[str, Sequence[Kind]]]:
    """Return the kinds by groups. One that nobody has described yet comes last."""
    known = {kind.name for _, kinds in GROUPS for kind in kinds}
    others = tuple(Kind(name, "") for name in SETTINGS if name not in known)
    return (*GROUPS, (_OTHERS, others)) if others else GROUPS


def find(name: str) -> Kind | None:
    """Return a kind by its name, or None."""
    return next((kind for _, kinds in grouped() for kind in kinds if kind.name == name), None)


def with_address() -> list[Kind]:
    """Return the kinds that a monitor with an address may have."""
    return [kind for _, kinds in grouped() for kind in kinds if kind.has_address]


def address_for(kind: Kind, url: str) -> str:
    """Return an address of a kind at the host of another one, as far as it is known."""
    try:
        host = host_of(url)
    except UrlError:
        return ""
    scheme = kind.example.partition(":")[0]
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}:{shown}" if f"{scheme}://" not in kind.example else f"{scheme}://{shown}"
