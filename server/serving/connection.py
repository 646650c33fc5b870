"""One connection of a client, with the state of its request and its answer."""

import socket
from collections.abc import Generator
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Self

from server.serving.arrival import Arrival
from server.serving.limits import Wait
from server.serving.outgoing import Outgoing

_NETWORK_BITS = 64

Answer = Generator[None, None, bool]
"""Writes an answer. It pauses when the client must first read some of it, and returns whether the
connection stays open."""


@dataclass(slots=True, eq=False, kw_only=True)
class Connection:
    """A connection of a client.

    The main thread owns it while it waits, and a pool thread while it is served.
    """

    sock: socket.socket
    client: Any
    server: Any
    network: str
    arrival: Arrival
    outgoing: Outgoing
    answer: Answer | None = None
    stays_open: bool = False
    is_urgent: bool = False
    """Whether a reserved thread serves the request."""
    wait: Wait | None = None
    """None while it is served, and after it is closed."""
    events: int = 0
    """The events that the poller reports."""
    held: int = 0
    """The bytes that are counted for it."""
    sent: int = 0
    """The bytes of the answer that were sent at the last progress."""
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
        """The bytes that are kept for it, except the body of a request that is served."""
        return self.arrival.size + self.outgoing.size

    @property
    def is_unfinished(self) -> bool:
        """Whether the client began a request that is incomplete."""
        return self.arrival.request is not None or self.arrival.size > 0


def _network(client: Any) -> str:  # noqa: ANN401 - of any family
    """Return the network of a client.

    IPv6 addresses are grouped by /64. All clients of a Unix socket are one network.
    """
    host = client[0] if isinstance(client, tuple) else ""
    if ":" not in host:
        return str(host)
    address = ip_address(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((int(address), _NETWORK_BITS), strict=False))
    return host
