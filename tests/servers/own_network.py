"""A network of a test's own: in it every address that there is belongs to this machine.

Whatever is sent arrives, so where nothing arrives nothing was sent. Needs root and the program `ip`.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.programs import program

_NEW_NETWORK = 0x4000_0000
_COMMANDS = (
    "link set lo up",
    "route add local 0.0.0.0/0 dev lo",
    "-6 route add local ::/0 dev lo",
)
_LIBC = ctypes.CDLL(None, use_errno=True)


class OwnNetwork:
    """Counts what was sent in it."""

    @property
    def packets(self) -> int:
        """Count all packets so far, of every protocol."""
        lines = Path("/proc/thread-self/net/dev").read_text(encoding="ascii").splitlines()
        (figures,) = [line.partition(":")[2] for line in lines if line.strip().startswith("lo:")]
        return int(figures.split()[1])


@contextmanager
def own_network() -> Iterator[OwnNetwork]:
    """Take this thread, and the threads and programs that it starts, into a network of their own."""
    path = program("ip")
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _enter_a_new_one()
        for command in _COMMANDS:
            subprocess.run([path, *command.split()], check=True, capture_output=True)
        yield OwnNetwork()
    finally:
        _LIBC.setns(before, _NEW_NETWORK)
        os.close(before)


def _enter_a_new_one() -> None:
    if _LIBC.unshare(_NEW_NETWORK) == 0:
        return
    message = f"A network of its own needs root: {os.strerror(ctypes.get_errno())}."
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
