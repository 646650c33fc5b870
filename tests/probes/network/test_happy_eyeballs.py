"""Connecting: to whichever address accepts, with the error of the last, and no socket left open."""

import asyncio
import errno
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from probes.network.happy_eyeballs import first_to_connect

ACCEPTS, OTHER = "127.0.0.1", "127.0.0.2"
UNREACHABLE = "255.255.255.255"
"""Refused by our own system: nobody connects to a broadcast address."""


@contextmanager
def listening(*hanging: str) -> Iterator[int]:
    """Yield a port of `ACCEPTS`, at which these other addresses answer no attempt."""
    with ExitStack() as stack:
        port = int(stack.enter_context(socket.create_server((ACCEPTS, 0))).getsockname()[1])
        for host in hanging:
            full = stack.enter_context(socket.create_server((host, port), backlog=0))
            for _ in range(3):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)  # noqa: FBT003 - the signature is socket's
                waiting.connect_ex(full.getsockname())
        yield port


def open_sockets() -> int:
    names = []
    for each in Path("/proc/self/fd").iterdir():
        try:
            names.append(str(each.readlink()))
        except FileNotFoundError:  # That of the listing itself.
            continue
    return sum(name.startswith("socket:") for name in names)


def test_a_connection_sends_at_once_and_does_not_block() -> None:
    with listening() as port, asyncio.run(first_to_connect([ACCEPTS], port)) as sock:
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert not sock.getblocking()


@pytest.mark.parametrize(
    ("first", "hanging", "least"), [(OTHER, [], 0), (OTHER, [OTHER], 0.24)], ids=["fails", "slow"]
)
def test_after_a_failure_or_a_quarter_of_a_second_the_next_address_is_tried(
    first: str, hanging: list[str], least: float
) -> None:
    async def connect(port: int) -> tuple[str, float, int]:
        before, began = open_sockets(), time.monotonic()
        with await first_to_connect([first, ACCEPTS], port) as sock:
            took = time.monotonic() - began
            return str(sock.getpeername()[0]), took, open_sockets() - before

    with listening(*hanging) as port:
        connected, took, opened = asyncio.run(connect(port))
    assert (connected, opened) == (ACCEPTS, 1)
    assert least <= took < 5


@pytest.mark.parametrize(
    ("addresses", "number"),
    [
        ([OTHER], errno.ECONNREFUSED),
        ([OTHER, "127.0.0.3"], errno.ECONNREFUSED),
        ([UNREACHABLE, OTHER], errno.ECONNREFUSED),
        ([OTHER, UNREACHABLE], errno.ENETUNREACH),
    ],
)
def test_the_error_of_the_address_that_failed_last_is_raised(
    addresses: list[str], number: int
) -> None:
    with listening() as port, pytest.raises(OSError) as raised:  # noqa: PT011 - its number is compared
        asyncio.run(first_to_connect(addresses, port))
    assert raised.value.errno == number


def test_whoever_stops_waiting_leaves_no_socket_open() -> None:
    async def give_up(port: int) -> int:
        before = open_sockets()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(first_to_connect([OTHER, "127.0.0.3"], port), 0.4)
        return open_sockets() - before

    with listening(OTHER, "127.0.0.3") as port:
        assert asyncio.run(give_up(port)) == 0
