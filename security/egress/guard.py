"""The one guard of outbound traffic: it judges the address that a socket is really opened to.

Names are judged too, so that a user hears of a mistake at once, and nobody hears which names there
are inside. They open no way: what a name resolves to may change between two looks, so nothing
but the address at connect time decides.
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
    """Raise `EgressError` for a host that this policy will surely never let a probe reach."""
    name = host.strip("[]").rstrip(".").lower()
    if address := numeric_address(name):
        if not policy.permits_address(address):
            raise EgressError("This address is not one that this service may look at.")
    elif not policy.permits_name(name):
        raise EgressError("This name is not one of the public internet.")


@dataclass(slots=True)
class Gate:
    """Opens the sockets of one libcurl transfer, and remembers what it refused and why.

    libcurl reports a refusal of ours as a refused connection: ask here which of them it was.
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
        """Tell whether the policy let none of the addresses through."""
        return self.denied > 0 and not self.opened

    def open_socket(self, _purpose: int, target: "CurlSockAddr") -> int:
        """Serve as `OPENSOCKETFUNCTION`; libcurl goes on to the next address after a refusal."""
        try:
            address, port = target.addr[:2]
            if self.policy.permits(str(address), int(port)):
                # Without what Python puts around it, which is not used and doubles the cost.
                opened = socket.SocketType(target.family, target.socktype, target.protocol)
                self.opened += 1
                # A number is libcurl's from here on; an object it would copy.
                return opened.detach()
            self.denied += 1
        except OSError as error:
            self.exhausted = self.exhausted or error.errno in _OURS
        except (AttributeError, TypeError, ValueError):
            # An address of a form that we do not know is not permitted.
            self.denied += 1
        return pycurl.SOCKET_BAD
