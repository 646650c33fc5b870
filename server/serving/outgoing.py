"""The unsent bytes of an answer, which are sent as fast as the client reads."""

import socket
from collections import deque
from contextlib import suppress
from itertools import islice

from server.serving.limits import MUCH

_PARTS_AT_ONCE = 64


class ClientGone(Exception):
    """The connection is broken, and the rest cannot be sent."""


def keep_little_unsent(listener: socket.socket) -> None:
    """Limit the unsent bytes that the kernel accepts, for each connection of a listener.

    Otherwise it would accept megabytes and report late that a client has read some of them. A slow
    client would seem not to read at all.
    """
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        return
    # Without this option the progress of a client is noticed later.
    with suppress(AttributeError, OSError):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 2 * MUCH)


class Outgoing:
    """Replaces the socket to which gunicorn writes an answer. It never blocks."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._parts: deque[memoryview] = deque()
        self.size = 0
        """The number of unsent bytes."""
        self.sent = 0

    @property
    def is_full(self) -> bool:
        """Whether the client must read some of the answer before more is produced."""
        return self.size > MUCH

    def sendall(self, data: bytes) -> None:
        """Keep the data for the next flush, so that the head is sent together with the body."""
        if data:
            self._parts.append(memoryview(data))
            self.size += len(data)

    def flush(self) -> None:
        """Send as much as the client accepts now, or raise `ClientGone`."""
        try:
            while self._parts:
                self._took(self._sock.sendmsg(list(islice(self._parts, _PARTS_AT_ONCE))))
        except BlockingIOError:
            return
        except OSError as error:
            raise ClientGone from error

    def _took(self, count: int) -> None:
        self.sent += count
        self.size -= count
        while self._parts and count >= len(self._parts[0]):
            count -= len(self._parts.popleft())
        if count:
            self._parts[0] = self._parts[0][count:]
