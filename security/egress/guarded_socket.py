"""Sockets that connect only to permitted addresses, and that enforce one deadline."""

import socket
import ssl
from contextlib import suppress
from contextvars import ContextVar
from time import monotonic
from typing import Any

from security.egress.addresses import EgressPolicy

OPERATORS_CHOICE = EgressPolicy("any")
"""For servers that the operator names in the settings: those are often at private addresses."""

DEADLINE: ContextVar[float | None] = ContextVar("deadline", default=None)
"""The `monotonic` time at which every socket of this module gives up, in this context."""


class EgressError(OSError, ValueError):
    """The policy does not permit the connection. The text contains no address.

    A caller that connects sees a failed connection; one that validates input sees a bad value.
    """


class DeadlineSocket(socket.socket):
    """A socket whose reads and writes share a deadline, so a slow peer cannot prolong it."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:  # noqa: ANN401 - the signature is socket's
        _keep_deadline(self)
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the signature is socket's
        _keep_deadline(self)
        super().sendall(*args, **kwargs)


class DeadlineTlsSocket(ssl.SSLSocket):
    """The same inside TLS, for contexts with this class as their `sslsocket_class`."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:  # noqa: ANN401 - the signature is socket's
        _keep_deadline(self)
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the signature is socket's
        _keep_deadline(self)
        super().sendall(*args, **kwargs)


def _keep_deadline(sock: socket.socket) -> None:
    """Limit the next operation to the time left."""
    deadline = DEADLINE.get()
    if deadline is None:
        return
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError("The whole exchange took too long.")
    timeout = sock.gettimeout()
    sock.settimeout(left if timeout is None else min(timeout, left))


def connect(
    host: str, port: int, timeout: float | None = None, policy: EgressPolicy = OPERATORS_CHOICE
) -> DeadlineSocket:
    """Connect to the first permitted address of a name that accepts, on any port.

    Raise `EgressError` if no address is permitted, else the `OSError` of the last one. Pass the
    policy of this process unless the operator named the host.
    """
    error: OSError = EgressError("This service may not connect to that host.")
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host.strip("[]"), port, type=socket.SOCK_STREAM
    ):
        if not policy.permits_address(str(address[0])):
            continue
        sock = DeadlineSocket(family, kind, protocol)
        try:
            sock.settimeout(timeout)
            _keep_deadline(sock)
            sock.connect(address)
        except OSError as refused:
            sock.close()
            error = refused
        else:
            with suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
    raise error
