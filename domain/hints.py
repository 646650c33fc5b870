"""Hints to open pages: what they are called in Redis, and what they say.

A hint tells that something of an organization changed, never what it is now. So it holds no data,
and one that is lost or repeated does no harm: pages compare the version.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

PATTERN = "live:*"
"""The channels of all organizations."""

RENEWED_SECONDS = 60
"""How often a page fetches itself without a change."""

_POLL_SECONDS = 5
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


def edits_key(organization_id: int) -> str:
    """Return the key of the version of what members and machines have edited.

    Checks and messages leave it as it is.
    """
    return f"{_VERSION}{organization_id}:edits"


def renewal(now: float) -> Hint:
    """Return a hint that lets every page fetch itself: no page shows such a version.

    A process that was killed after its commit published none, so the versions alone do not tell of
    every change.
    """
    return Hint(-int(now // RENEWED_SECONDS))


def polled(version: int, organization_id: int, now: float) -> int:
    """Return the version for a page that asks every five seconds; once a minute it is a renewal.

    Organizations have different seconds.
    """
    is_due = (int(now) + organization_id) % RENEWED_SECONDS < _POLL_SECONDS
    return renewal(now).version if is_due else version


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
