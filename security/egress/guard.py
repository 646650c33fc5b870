"""The guard of all outbound traffic: it judges the address that a socket connects to.

Names are judged too, to report mistakes early, and to keep internal names secret. A permitted name
permits no connection: its addresses may change between two lookups, so only the address at connect
time decides.
"""

import errno
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pycurl

from security.egress.addresses import EgressPolicy, numeric_address
from security.egress.guarded_session import GuardedSession, ResponseTooLarge
from security.egress.guarded_socket import OPERATORS_CHOICE, EgressError, connect

if TYPE_CHECKING:
    from pycurl import CurlSockAddr

__all__ = [
    "OPERATORS_CHOICE",
    "EgressError",
    "EgressPolicy",
    "Gate",
    "GuardedSession",
    "ResponseTooLarge",
    "connect",
    "guarded_session",
    "judge_url_host",
]

_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


def guarded_session(
    policy: EgressPolicy, *, seconds: float, cafile: str | None = None
) -> GuardedSession:
    """Return a `requests` session that connects only where the policy permits; close it."""
    return GuardedSession(policy, seconds=seconds, cafile=cafile)


def judge_url_host(policy: EgressPolicy, host: str) -> None:
    """Raise `EgressError` for a host that this policy never permits."""
    name = host.strip("[]").rstrip(".").lower()
    if address := numeric_address(name):
        if not policy.permits_address(address):
            raise EgressError("This service may not connect to this address.")
    elif not policy.permits_name(name):
        raise EgressError("This name does not belong to the public internet.")


@dataclass(slots=True)
class Gate:
    """Opens the sockets of one libcurl transfer, and records what it refused and why.

    libcurl reports a refused socket as a refused connection; the gate knows which of them it was.
    """

    policy: EgressPolicy
    opened: int = 0
    denied: int = 0
    exhausted: bool = False

    def forget(self) -> None:
        self.opened = self.denied = 0
        self.exhausted = False

    @property
    def closed(self) -> bool:
        """Whether the policy denied every address."""
        return self.denied > 0 and not self.opened

    def open_socket(self, _purpose: int, target: "CurlSockAddr") -> int:
        """Serve as `OPENSOCKETFUNCTION`; libcurl tries the next address after a refusal."""
        try:
            address, port = target.addr[:2]
            if self.policy.permits(str(address), int(port)):
                # The bare class: Python's wrapper is not needed and doubles the cost.
                opened = socket.SocketType(target.family, target.socktype, target.protocol)
                self.opened += 1
                # libcurl owns a descriptor from here on; it would duplicate an object.
                return opened.detach()
            self.denied += 1
        except OSError as error:
            self.exhausted = self.exhausted or error.errno in _OURS
        except (AttributeError, TypeError, ValueError):
            # An address of unknown form is not permitted.
            self.denied += 1
        return pycurl.SOCKET_BAD
