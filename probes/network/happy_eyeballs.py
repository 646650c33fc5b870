"""Connects to the first address that accepts; tries the next one if one fails or is slow."""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from aiohappyeyeballs import AddrInfoType, start_connection

_HEAD_START_SECONDS = 0.25


class _Attempts:
    """The part of a loop that `start_connection` uses. It keeps the error of the last failure.

    The library merges errors of different kinds into one without an `errno`. Only the `errno`
    tells whether the target or this worker failed.
    """

    error: OSError | None = None

    def open(self, address: AddrInfoType) -> socket.socket:
        with self._error_kept():
            sock = socket.socket(address[0], address[1])
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    async def sock_connect(self, sock: socket.socket, address: tuple[Any, ...]) -> None:
        with self._error_kept():
            await asyncio.get_running_loop().sock_connect(sock, address)

    @contextmanager
    def _error_kept(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.error = error
            raise


async def first_to_connect(addresses: Sequence[str], port: int) -> socket.socket:
    """Return a connected socket, or raise the `OSError` of the address that failed last."""
    attempts = _Attempts()
    try:
        return await start_connection(
            [(family_of(each), socket.SOCK_STREAM, 0, "", (each, port)) for each in addresses],
            happy_eyeballs_delay=_HEAD_START_SECONDS,
            interleave=0,
            loop=cast("asyncio.AbstractEventLoop", attempts),
            socket_factory=attempts.open,
        )
    except OSError as error:
        raise attempts.error or error from None


def family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET
