"""The port of each server: the requested one, that of the last run, the default, or a free one."""

import errno
import json
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

HOST = "127.0.0.1"
USUAL = {"api": 8000, "live": 8010, "flower": 5555, "smtp": 1025, "sms": 8025, "demo-site": 8081}
VALID = range(1, 65_536)
_PATIENCE_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Preferred:
    """Ports by the name of their server; 0 is any free one.

    A `wanted` port takes precedence over that of the last run, and that over the `usual` one.
    """

    usual: Mapping[str, int]
    wanted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """The port of each server, and the reason if it is not the first candidate."""

    ports: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


def choose(remembered: Path, preferred: Preferred) -> Choice:
    """Choose a port for each name in `usual`, and store the choice."""
    earlier = _read(remembered)
    choice = Choice()
    for name, usual in preferred.usual.items():
        candidates = (preferred.wanted.get(name), earlier.get(name), usual)
        _choose_one(choice, name, [each for each in candidates if each], earlier.get(name))
    _write(remembered, choice.ports)
    return choice


def _choose_one(choice: Choice, name: str, candidates: list[int], earlier: int | None) -> None:
    """Take the first free candidate, or else any port; record why the first was not free."""
    for port in chain(dict.fromkeys(candidates), _any()):
        if port in choice.ports.values():
            continue
        # The processes of a killed run may hold a port for a moment longer.
        obstacle = _obstacle(port, _PATIENCE_SECONDS if port == earlier else 0)
        if obstacle is None:
            choice.ports[name] = port
            return
        choice.reasons.setdefault(name, obstacle)


def _obstacle(port: int, patience: float) -> str | None:
    """Return why a port cannot be used, after trying for `patience` seconds, or None."""
    deadline = time.monotonic() + patience
    while (error := _error(port)) is not None:
        if time.monotonic() >= deadline:
            if error.errno == errno.EADDRINUSE:
                return f"Port {port} is in use by another program"
            return f"Port {port} cannot be used ({error.strerror})"
        time.sleep(0.1)
    return None


def _error(port: int) -> OSError | None:
    with socket.socket() as probe:
        # As servers do, so that lingering connections of the last run do not matter.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error
        return None


def _any() -> Iterator[int]:
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port: int = probe.getsockname()[1]
        yield port


def _read(remembered: Path) -> dict[str, int]:
    try:
        found = json.loads(remembered.read_text())
    except (OSError, ValueError):
        return {}
    ports = found.items() if isinstance(found, dict) else ()
    return {name: port for name, port in ports if isinstance(port, int) and port in VALID}


def _write(remembered: Path, ports: Mapping[str, int]) -> None:
    """Write all or nothing, even if this process is killed."""
    draft = remembered.with_name(f".{remembered.name}.new")
    draft.write_text(json.dumps(ports))
    draft.replace(remembered)
