"""Connects to the first address that accepts; tries the next one if one fails or is slow."""

import asyncio
import socket
from collections.abc import Sequence

_HEAD_START_SECONDS = 0.25


async def first_to_connect(addresses: Sequence[str], port: int) -> socket.socket:
    """Return a connected socket, or raise the `OSError` of the address that failed last."""
    attempts: set[asyncio.Task[socket.socket]] = set()
    error: OSError | None = None
    waiting = list(addresses)
    try:
        while waiting or attempts:
            if waiting:
                attempts.add(asyncio.create_task(_connected(waiting.pop(0), port)))
            patience = _HEAD_START_SECONDS if waiting else None
            ended, attempts = await asyncio.wait(
                attempts, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            for attempt in ended:
                reason = attempt.exception()
                if reason is None:
                    attempts |= ended - {attempt}
                    return attempt.result()
                if not isinstance(reason, OSError):
                    raise reason
                error = reason
    finally:
        _give_up(attempts)
    raise error or OSError("There is no address.")


def family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


async def _connected(address: str, port: int) -> socket.socket:
    sock = socket.socket(family_of(address), socket.SOCK_STREAM)
    try:
        sock.setblocking(False)  # noqa: FBT003 - the signature is socket's
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except BaseException:
        sock.close()
        raise
    return sock


def _give_up(attempts: set[asyncio.Task[socket.socket]]) -> None:
    """Cancel the running attempts, and close those that connect nevertheless."""
    for attempt in attempts:
        attempt.cancel()
        attempt.add_done_callback(_close_what_connected)


def _close_what_connected(attempt: asyncio.Task[socket.socket]) -> None:
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()
