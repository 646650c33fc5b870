"""Which port each server listens on: the usual one, or a free one that later runs find again."""

import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path

HOST = "127.0.0.1"
USUAL = {"api": 8000, "flower": 5555, "smtp": 1025, "sms": 8025, "demo-site": 8081}
_PATIENCE_SECONDS = 3
_VALID = range(1, 65_536)


def choose(remembered: Path, usual: Mapping[str, int]) -> dict[str, int]:
    """Choose a port for each name of `usual` and write the choice down; port 0 is any free one."""
    earlier = _read(remembered)
    chosen: dict[str, int] = {}
    for name, port in usual.items():
        chosen[name] = _one(earlier.get(name), port, set(chosen.values()))
    remembered.write_text(json.dumps(chosen))
    return chosen


def _one(earlier: int | None, usual: int, taken: set[int]) -> int:
    # The processes of a run that was killed a moment ago may hold it for a moment longer.
    if earlier is not None and earlier not in taken and _comes_free(earlier):
        return earlier
    if usual and usual not in taken and _is_free(usual):
        return usual
    return next(port for port in iter(_any, None) if port not in taken)


def _comes_free(port: int) -> bool:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not _is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections of the last run that linger on the port do not matter.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _any() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _read(remembered: Path) -> dict[str, int]:
    try:
        found = json.loads(remembered.read_text())
    except (OSError, ValueError):
        return {}
    ports = found.items() if isinstance(found, dict) else ()
    return {name: port for name, port in ports if isinstance(port, int) and port in _VALID}
