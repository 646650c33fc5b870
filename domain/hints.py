"""Hints to open pages: what they are called in Redis, and what they say.

A hint tells that something of an organization changed, never what it is now. So it holds no data,
and one that is lost or repeated does no harm: pages compare the version.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

PATTERN = "live:*"
"""The channels of all organizations."""

_CHANNEL = "live:"
_VERSION = "live:v:"


@dataclass(frozen=True, slots=True)
class Hint:
    """The version of what an organization sees, and the nouns of what changed up to it."""

    version: int
    what: frozenset[str] = frozenset()

    def merged(self, other: "Hint") -> "Hint":
        """Return one hint for both."""
        return Hint(max(self.version, other.version), self.what | other.what)

    def text(self) -> str:
        return json.dumps({"v": self.version, "what": sorted(self.what)}, separators=(",", ":"))


def channel(organization_id: int) -> str:
    return f"{_CHANNEL}{organization_id}"


def version_key(organization_id: int) -> str:
    return f"{_VERSION}{organization_id}"


def organization_of(channel: str) -> int | None:
    """Return the organization of a channel, or None if it is no channel of hints."""
    number = channel.removeprefix(_CHANNEL)
    return int(number) if number.isascii() and number.isdigit() else None


def parse(text: str | bytes) -> Hint:
    """Return the hint of a message. Raise `ValueError` for any other text."""
    found = json.loads(text)
    if not isinstance(found, dict) or type(found.get("v")) is not int:
        raise ValueError("This is not a hint.")
    return Hint(found["v"], _words(found.get("what")))


def _words(found: object) -> frozenset[str]:
    words = found if isinstance(found, Iterable) and not isinstance(found, str) else ()
    return frozenset(word for word in words if isinstance(word, str))
