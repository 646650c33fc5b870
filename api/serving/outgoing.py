"""What is said to a client: sent as far as it takes it, and kept for as long as it does not."""

import socket
from collections import deque
from contextlib import suppress
from itertools import islice

from api.serving.limits import MUCH

_PARTS_AT_ONCE = 64


class ClientGone(Exception):
    """The connection is broken; nobody hears the rest."""


def keep_little_unsent(listener: socket.socket) -> None:
    """Have the kernel take no more than is about to be sent, on each connection of a listener.

    It would take megabytes, and say so late that a client takes some of them: one that reads slowly
    would seem not to read at all.
    """
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        return
    # Where there is no such option, what a client takes shows later.
    with suppress(AttributeError, OSError):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 2 * MUCH)


class Outgoing:
    """Stands for the socket where gunicorn writes an answer. Nothing in it ever waits."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._parts: deque[memoryview] = deque()
        self.size = 0
        """Bytes that are not sent."""
        self.sent = 0

    @property
    def is_full(self) -> bool:
        """Tell whether the client has to take some of it before there is more."""
        return self.size > MUCH

    def sendall(self, data: bytes) -> None:
        """Keep it for the next flush, so that a head goes out together with what follows."""
        if data:
            self._parts.append(memoryview(data))
            self.size += len(data)

    def flush(self) -> None:
        """Send as much as the client takes now; raises `ClientGone`."""
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
