"""Sockets that are opened only to permitted addresses, and that keep one deadline."""

import socket
import ssl
from contextlib import suppress
from contextvars import ContextVar
from time import monotonic
from typing import Any

from security.egress.addresses import EgressPolicy

OPERATORS_CHOICE = EgressPolicy("any")
"""For servers that the operator names in the settings: those often stand on private addresses."""

DEADLINE: ContextVar[float | None] = ContextVar("deadline", default=None)
"""The `monotonic` time at which every socket of this module gives up, in this context."""


class EgressError(OSError, ValueError):
    """The policy does not let this process connect there. The text names no address.

    To who connects it is one more connection that failed; to who reads input, a bad value.
    """


class DeadlineSocket(socket.socket):
    """A socket whose reads and writes share a deadline, so that no dripping peer can hold it."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:  # noqa: ANN401 - the signature is socket's
        _keep_deadline(self)
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the signature is socket's
        _keep_deadline(self)
        super().sendall(*args, **kwargs)


class DeadlineTlsSocket(ssl.SSLSocket):
    """The same inside TLS; a context makes them once it has this as its `sslsocket_class`."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:  # noqa: ANN401 - the signature is socket's
        _keep_deadline(self)
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the signature is socket's
        _keep_deadline(self)
        super().sendall(*args, **kwargs)


def _keep_deadline(sock: socket.socket) -> None:
    """Let the next operation take no longer than what is left of the time."""
    deadline = DEADLINE.get()
    if deadline is None:
        return
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError("The time for the whole exchange is over.")
    timeout = sock.gettimeout()
    sock.settimeout(left if timeout is None else min(timeout, left))


def connect(
    host: str, port: int, timeout: float | None = None, policy: EgressPolicy = OPERATORS_CHOICE
) -> DeadlineSocket:
    """Connect to the first permitted address of a name that accepts, whatever the port.

    Raises `EgressError` if no address is permitted, else the `OSError` of the last one. Give the
    policy of this process wherever the host was not named by the operator.
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
