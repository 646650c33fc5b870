"""docker-compose.yml as an engine reads it, with places on this machine for those in containers."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT

# What an operator writes into `.env`.
VARIABLES = {
    "DOWNTIME_PUBLIC_URL": "https://status.example.test",
    "DOWNTIME_MAIL_SENDER": "Downtime Monitor <alerts@example.test>",
}
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::?([-?])([^}]*))?\})")
_PLACE = re.compile(
    r"(?<![\w./-])/(?:run/secrets|dev/shm|etc/caddy|etc/postgresql|var/lib/postgresql|data)\b"
)


@dataclass(frozen=True, slots=True)
class Container:
    """A directory that stands for the file system of a container, and the port of its server."""

    root: Path
    ports: Mapping[str, str]

    def translate(self, text: str) -> str:
        for inside, outside in self.ports.items():
            text = re.sub(rf"\b{inside}\b", outside, text)
        return self.translate_places(text)

    def translate_places(self, text: str) -> str:
        return _PLACE.sub(lambda place: f"{self.root}{place[0]}", text)

    def place(self, path: str) -> Path:
        return self.root / path.lstrip("/")


@dataclass(frozen=True, slots=True)
class Service:
    settings: Mapping[str, Any]
    container: Container

    @property
    def command(self) -> list[str]:
        command = self.settings["command"]
        words = shlex.split(command) if isinstance(command, str) else command
        return [self.container.translate(_filled_in(word)) for word in words]

    @property
    def environment(self) -> dict[str, str]:
        given: Mapping[str, str] = self.settings.get("environment", {})
        return {name: self.container.translate(_filled_in(value)) for name, value in given.items()}

    @property
    def health_check(self) -> list[str]:
        kind, *words = self.settings["healthcheck"]["test"]
        words = [self.container.translate(_filled_in(word)) for word in words]
        return ["sh", "-c", *words] if kind == "CMD-SHELL" else words

    def mount(self, secrets: Path) -> None:
        """Put into the container what is mounted there: its own secrets, files, empty volumes."""
        for name in self.settings.get("secrets", ()):
            self._write(f"/run/secrets/{name}", (secrets / name).read_text())
        self.container.place("/dev/shm").mkdir(parents=True)  # noqa: S108 - not that of this machine
        for volume in self.settings.get("volumes", ()):
            source, _, target = volume.removesuffix(":ro").partition(":")
            if source.startswith("./"):
                self._write(target, (ROOT / source).read_text())
            else:
                self.container.place(target).mkdir(parents=True)

    def _write(self, path: str, content: str) -> None:
        file = self.container.place(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.container.translate_places(content))
        file.chmod(0o444)


def read() -> dict[str, Mapping[str, Any]]:
    content = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services: dict[str, Mapping[str, Any]] = content["services"]
    return services


def _filled_in(text: str) -> str:
    return _VARIABLE.sub(_value, text)


def _value(found: re.Match[str]) -> str:
    name, _, otherwise = found.groups()
    return VARIABLES.get(name, otherwise) if name else "$"
