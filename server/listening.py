"""Records that this API accepts requests. In gaps of this record heartbeats may have lost pings.

A live thread proves little while all others hang. This one sends a request to the socket of its
process, and records the answer.
"""

import socket
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from threading import Thread
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from models.session import api_scope, database_now
from server.resources import Transactions
from services.heartbeats import receiver_uptime

EVERY_SECONDS = 5.0
_PATIENCE_SECONDS = 3.0

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Listener:
    """A listening socket. `address` is in the form of `getsockname`."""

    family: int
    address: Any
    transaction: Transactions = api_scope
    is_listening: bool = True

    def watch(self) -> None:
        """Record forever, every few seconds."""
        while True:
            self.note()
            time.sleep(EVERY_SECONDS)

    def note(self) -> None:
        """Record if a request is answered, and log when that changes."""
        try:
            self._ask()
            with self.transaction() as session:
                receiver_uptime.note(session, now=database_now(session))
        except (OSError, HTTPException, SQLAlchemyError) as error:
            if self.is_listening:
                log.warning("pings_cannot_be_taken", error=type(error).__name__)
            self.is_listening = False
        else:
            self.is_listening = True

    def _ask(self) -> None:
        """Send a request, like a job with its ping. It never leaves this machine."""
        with socket.socket(self.family) as sock:
            sock.settimeout(_PATIENCE_SECONDS)
            sock.connect(self.address)
            connection = HTTPConnection("localhost")
            connection.sock = sock
            connection.request("GET", "/healthz", headers={"Connection": "close"})
            response = connection.getresponse()
            response.read()
            if response.status != HTTPStatus.OK:
                raise HTTPException(response.status)


def start(served: socket.socket) -> None:
    """Start recording, in a thread that ends with the process."""
    listener = Listener(family=served.family, address=served.getsockname())
    Thread(target=listener.watch, name="listening", daemon=True).start()
