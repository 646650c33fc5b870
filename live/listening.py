"""What the kernel keeps of a stream whose reader is gone or does not read: little, and not long."""

import socket
from contextlib import suppress

UNREAD_SECONDS = 30


def give_up_unread(listener: socket.socket, seconds: float = UNREAD_SECONDS) -> None:
    """End each connection of a listener whose reader takes nothing for some seconds."""
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        return
    # Only Linux has it.
    with suppress(AttributeError, OSError):
        option = socket.TCP_USER_TIMEOUT
        listener.setsockopt(socket.IPPROTO_TCP, option, round(seconds * 1000))
