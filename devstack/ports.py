"""Which port each server listens on: the one asked for, the one of the last run, the usual one, or a free one."""

import errno
import json
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

HOST = "127.0.0.1"
USUAL = {"api": 8000, "flower": 5555, "smtp": 1025, "sms": 8025, "demo-site": 8081}
VALID = range(1, 65_536)
_PATIENCE_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Preferred:
    """Ports by the name of their server; 0 is any free one.

    What is `wanted` goes before what was chosen earlier, and that before what is usual.
    """

    usual: Mapping[str, int]
    wanted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """The port of each server, and why it is not the first that came into question, where it is not."""

    ports: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


def choose(remembered: Path, preferred: Preferred) -> Choice:
    """Choose a port for each name that is usual, and write the choice down."""
    earlier = _read(remembered)
    choice = Choice()
    for name, usual in preferred.usual.items():
        candidates = (preferred.wanted.get(name), earlier.get(name), usual)
        _choose_one(choice, name, [each for each in candidates if each], earlier.get(name))
    _write(remembered, choice.ports)
    return choice


def _choose_one(choice: Choice, name: str, candidates: list[int], earlier: int | None) -> None:
    """Take the first candidate that is free, or else any port; note what was wrong with the first."""
    for port in chain(dict.fromkeys(candidates), _any()):
        if port in choice.ports.values():
            continue
        # The processes of a run that was killed a moment ago may hold it for a moment longer.
        obstacle = _obstacle(port, _PATIENCE_SECONDS if port == earlier else 0)
        if obstacle is None:
            choice.ports[name] = port
            return
        choice.reasons.setdefault(name, obstacle)


def _obstacle(port: int, patience: float) -> str | None:
    """Say why a port cannot be had, after trying for so many seconds."""
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
        # As servers do: connections of the last run that linger on the port do not matter.
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
    """Write all of it or nothing, whenever this process is killed."""
    draft = remembered.with_name(f".{remembered.name}.new")
    draft.write_text(json.dumps(ports))
    draft.replace(remembered)
