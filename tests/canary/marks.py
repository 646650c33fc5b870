"""Secrets that are easy to find again, however somebody wrote them down."""

import base64
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain
from typing import Self
from urllib.parse import quote, quote_plus

import numpy as np

_SHORTEST = 10
"""What is shorter might be found by chance, in a megabyte of what is encrypted."""

_WORD = 8

Found = set[tuple[str, str]]
"""Names of secrets, each with the place where it was."""


def new() -> str:
    """Make a secret that no other text has, and that each kind of field takes."""
    return f"canary{secrets.token_hex(10)}"


class Marks:
    """What must not be found: secrets by names of their own, which begin with their group."""

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._known = dict(known or {})

    def __len__(self) -> int:
        return len(self._known)

    def add(self, name: str, secret: str) -> str:
        self._known[name] = secret
        return secret

    def names(self) -> list[str]:
        return list(self._known)

    def without(self, *groups: str) -> Self:
        kept = {name: each for name, each in self._known.items() if not name.startswith(groups)}
        return type(self)(kept)

    def found_in(self, places: Mapping[str, bytes]) -> Found:
        """Look at all places at once, and only where something is found at each by itself."""
        forms = {name: spellings(secret) for name, secret in self._known.items()}
        everything = b"\n".join(places.values())
        beginnings = _beginnings_in(everything, {each[:_WORD] for each in chain(*forms.values())})
        likely = {
            name: [each for each in written if each[:_WORD] in beginnings]
            for name, written in forms.items()
        }
        return {
            (name, place)
            for name, written in likely.items()
            for each in written
            if each in everything
            for place, data in places.items()
            if each in data
        }


def _beginnings_in(data: bytes, wanted: set[bytes]) -> set[bytes]:
    """Tell which of these words there are: to look for thousands one by one takes minutes."""
    sought = np.frombuffer(b"".join(wanted), "<u8")
    found: set[bytes] = set()
    for shift in range(_WORD):
        words = np.frombuffer(data, "<u8", offset=shift, count=max(0, len(data) - shift) // _WORD)
        found.update(word.tobytes() for word in np.unique(words[np.isin(words, sought)]))
    return found


def spellings(secret: str) -> set[bytes]:
    """Give the ways to write a secret; of one that has lines, the longest tells that it is there."""
    line = max(secret.splitlines(), key=len)
    texts = {line, quote(line, safe=""), quote_plus(line), json.dumps(line)[1:-1]}
    written = {text.encode() for text in texts}
    for raw in (line.encode(), *_decoded(line)):
        written |= {raw, raw.hex().encode(), raw.hex().upper().encode(), *_in_base64(raw)}
    return {each for each in written if len(each) >= _SHORTEST}


def _in_base64(raw: bytes) -> Iterator[bytes]:
    """Wherever it begins in what is encoded, one of these is in the code."""
    for shift in range(3):
        # The signs at the ends hold bits of the neighbours.
        inner = base64.b64encode(b"x" * shift + raw)[4 if shift else 0 : -4]
        yield from (inner, inner.replace(b"+", b"-").replace(b"/", b"_"))


def _decoded(text: str) -> Iterator[bytes]:
    """Give the bytes behind a key that is written in base64, maybe with its kind in front."""
    with suppress(ValueError):
        yield base64.b64decode(text.rpartition("_")[2], validate=True)
