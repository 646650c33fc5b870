"""The keys of signed messages: one for each pair of a sender and a queue.

`DOWNTIME_MESSAGE_KEYS` is a key ring, such as `m2:<base64>,m1:<base64>`: the first key signs, all
of them verify. From such a *master* key, one key per sender is derived, `m2/beat`. From that, one
is derived for each queue that the sender sends to, `m2/beat/q.dispatch`. A process receives the
fewest keys that it needs (`MessageKeys.ring_for`): its own sender's key, and those of its queue. It
cannot sign as another sender, nor derive any key above its own.
"""

import base64
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from security.messages.components import COMPONENTS

if TYPE_CHECKING:
    # What only derives keys needs no settings.
    from config.settings import Settings

KEY_BYTES = 32

# An id; then, for a derived key, a sender; then a queue.
_PATH = re.compile(r"[a-z0-9-]{1,32}(?:/[a-z]{1,32}(?:/[a-z0-9.-]{1,64})?)?")
_LEVELS = ("sender", "queue")
_FORM = "DOWNTIME_MESSAGE_KEYS must look like `m2:…,m1:…`: an id, a colon, 32 bytes in base64."

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender whose key signs, and the master key that it was derived from."""

    key_id: str
    name: str


class MessageKeys:
    """The message keys of this process, in the order of its ring."""

    def __init__(self, keys: Mapping[Path, bytes]) -> None:
        self._keys = dict(keys)
        self._made: dict[Path, bytes] = {}

    def __repr__(self) -> str:
        return f"MessageKeys({', '.join(map(_name, self._keys))})"

    @classmethod
    def from_settings(cls, settings: "Settings") -> Self:
        """Return the ring of this process, which may be empty; raise `ValueError` if malformed."""
        return cls.parse(settings.message_keys.get_secret_value())

    @classmethod
    def parse(cls, text: str) -> Self:
        keys: dict[Path, bytes] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            path, key = _parsed(part)
            if path in keys:
                raise ValueError("DOWNTIME_MESSAGE_KEYS contains two keys with the same id.")
            keys[path] = key
        return cls(keys)

    def key(self, sender: Sender, queue: str) -> bytes | None:
        """Return the key for messages of a sender on a queue, or None if this process has none."""
        path = (sender.key_id, sender.name, queue)
        key = self._made.get(path) or self._derived(path)
        # A name without a key is not cached: strangers could fill the memory.
        if key is not None:
            self._made[path] = key
        return key

    def sender(self, task: str) -> Sender | None:
        """Return the sender as which this process signs a task: by the first key that may."""
        for path in self._keys:
            for name in self._senders(path):
                if task in COMPONENTS[name].sends:
                    return Sender(path[0], name)
        return None

    def reads(self, queue: str) -> bool:
        """Return whether this process has keys to verify messages on a queue."""
        return any(len(path) == 1 or path[2:] == (queue,) for path in self._keys)

    def ring_for(self, component: str, *, region: str) -> str:
        """Return the ring of one component; raise `ValueError` unless this ring has master keys."""
        if not self._keys or any(len(path) > 1 for path in self._keys):
            raise ValueError("The keys of a component are made from master keys, such as `m1:…`.")
        paths = [path for master in self._keys for path in _paths_of(component, master, region)]
        return ",".join(f"{_name(path)}:{self._text(path)}" for path in paths)

    def _senders(self, path: Path) -> Iterator[str]:
        match path:
            case (_,):
                yield from COMPONENTS
            case (_, name) if name in COMPONENTS:
                yield name

    def _text(self, path: Path) -> str:
        return base64.b64encode(self._derived(path) or b"").decode()

    def _derived(self, path: Path) -> bytes | None:
        for length in range(len(path), 0, -1):
            key = self._keys.get(path[:length])
            if key is not None:
                for level, step in zip(_LEVELS[length - 1 :], path[length:], strict=False):
                    key = _expand(key, level, step)
                return key
        return None


def _paths_of(component: str, master: Path, region: str) -> Iterator[Path]:
    if COMPONENTS[component].sends:
        yield (*master, component)
    queue = COMPONENTS[component].queue(region)
    others = (name for name in COMPONENTS if COMPONENTS[name].sends and name != component)
    if queue:
        yield from ((*master, name, queue) for name in others)


def _name(path: Path) -> str:
    name = "/".join(path)
    if not _PATH.fullmatch(name):
        raise ValueError(f"{path[-1]} is not the name of a queue.")
    return name


def _expand(key: bytes, level: str, step: str) -> bytes:
    """Derive one key from another: HKDF-Expand with SHA-256 to 32 bytes (RFC 5869, 2.3)."""
    return hmac.digest(key, f"downtime/message-key/v1/{level}/{step}".encode() + b"\x01", "sha256")


def _parsed(part: str) -> tuple[Path, bytes]:
    name, _, text = part.partition(":")
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError(_FORM) from error
    if not _PATH.fullmatch(name) or len(key) != KEY_BYTES:
        raise ValueError(_FORM)
    return tuple(name.split("/")), key
