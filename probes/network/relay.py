"""Carries bytes between a server and a library that speaks its protocol, within a limit.

A library reads whatever a server sends. Thousands of empty packets would occupy the thread that all
checks share.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

_CHUNK = 16 * 1024


@dataclass(slots=True)
class Relay:
    """`sock` is the connection of the library, which closes it."""

    sock: socket.socket
    is_exhausted: bool = False
    """Whether the server sent more than it may, so that the connection was closed."""


@asynccontextmanager
async def relayed(server: socket.socket, most: int) -> AsyncIterator[Relay]:
    """Give a connection that takes at most so many bytes from the server, and close `server`."""
    ours, library = socket.socketpair()
    for end in (server, ours, library):
        end.setblocking(False)  # noqa: FBT003 - the signature is socket's
    relay = Relay(library)
    carriers = (
        asyncio.create_task(_carry(ours, server)),
        asyncio.create_task(_receive(server, ours, relay, most)),
    )
    try:
        yield relay
    finally:
        for each in carriers:
            each.cancel()
        await asyncio.gather(*carriers, return_exceptions=True)
        server.close()
        ours.close()


async def _receive(server: socket.socket, ours: socket.socket, relay: Relay, most: int) -> None:
    loop = asyncio.get_running_loop()
    left = most
    with suppress(OSError):
        while data := await loop.sock_recv(server, _CHUNK):
            left -= len(data)
            relay.is_exhausted = left < 0
            if relay.is_exhausted:
                break
            await loop.sock_sendall(ours, data)
    with suppress(OSError):
        ours.shutdown(socket.SHUT_RDWR)


async def _carry(source: socket.socket, sink: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        while data := await loop.sock_recv(source, _CHUNK):
            await loop.sock_sendall(sink, data)
        sink.shutdown(socket.SHUT_WR)
