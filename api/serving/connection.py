"""One connection of a client, and what there is of a request and of an answer on it."""

import socket
from collections.abc import Generator
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Self

from api.serving.arrival import Arrival
from api.serving.limits import Wait
from api.serving.outgoing import Outgoing

_NETWORK_BITS = 64

Answer = Generator[None, None, bool]
"""Writes an answer; stops where the client has to take some of it first, and ends with whether the
connection stays open."""


@dataclass(slots=True, eq=False, kw_only=True)
class Connection:
    """Belongs to the main thread while it waits, and to one of the pool while it is served."""

    sock: socket.socket
    client: Any
    server: Any
    network: str
    arrival: Arrival
    outgoing: Outgoing
    answer: Answer | None = None
    stays_open: bool = False
    is_urgent: bool = False
    """Whether a reserved thread serves its request."""
    wait: Wait | None = None
    """None while it is served, and once it is closed."""
    events: int = 0
    """What the poller tells of."""
    held: int = 0
    """Bytes that were counted for it."""
    sent: int = 0
    """Bytes of the answer that were sent when it last had got on."""
    drained: int = 0

    @classmethod
    def of(cls, sock: socket.socket, client: Any, server: Any, cfg: Any) -> Self:  # noqa: ANN401 - gunicorn's
        sock.settimeout(0)
        return cls(
            sock=sock,
            client=client,
            server=server,
            network=_network(client),
            arrival=Arrival(cfg, client),
            outgoing=Outgoing(sock),
        )

    @property
    def size(self) -> int:
        """Count the bytes that are kept for it, besides the body of a request that is served."""
        return self.arrival.size + self.outgoing.size

    @property
    def is_unfinished(self) -> bool:
        """Tell whether the client began a request that is not all here."""
        return self.arrival.request is not None or self.arrival.size > 0


def _network(client: Any) -> str:  # noqa: ANN401 - of any family
    """Name where a client is; one host has 2^64 addresses of IPv6. All of a Unix socket are one."""
    host = client[0] if isinstance(client, tuple) else ""
    if ":" not in host:
        return str(host)
    address = ip_address(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((int(address), _NETWORK_BITS), strict=False))
    return host
