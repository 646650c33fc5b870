"""Digests of sets of rows: equal if the rows are equal, in whatever order they come.

A digest compares what the database has with what a file has. It protects against errors, not
against forgery; for that, manifests have the SHA-256 of each file.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.archive.files.columns import Rows

_SEEDS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
_MODULUS = 1 << 128
_AT_ONCE = 65_536
"""Rows whose words are in memory at once."""

_Words = NDArray[np.uint64]


class Failure(NamedTuple):
    """The words and the evidence of a check that was not up; evidence is JSON, or None."""

    monitor_id: int
    slot: int
    region_id: int
    organization_id: int
    detail: str
    evidence: str | None


@dataclass(slots=True)
class Digest:
    """The number of rows, and the sum of their 128-bit hashes."""

    count: int = 0
    _sums: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, rows: Rows) -> None:
        for start in range(0, len(rows), _AT_ONCE):
            words = _words(rows[start : start + _AT_ONCE])
            for number, seed in enumerate(_SEEDS):
                total = int(_mixed(words, seed).sum(dtype=np.uint64))
                self._sums[number] = (self._sums[number] + total) % (1 << 64)
        self.count += len(rows)

    def add_total(self, count: int, text: str) -> None:
        """Add the rows of another digest, of which only this is known."""
        for number in range(len(_SEEDS)):
            other = int(text[16 * number : 16 * number + 16], 16)
            self._sums[number] = (self._sums[number] + other) % (1 << 64)
        self.count += count

    @property
    def text(self) -> str:
        return f"{self._sums[0]:016x}{self._sums[1]:016x}"


@dataclass(slots=True)
class FailureDigest:
    """The same for failures, of which there are few."""

    count: int = 0
    _sum: int = 0

    def add(self, failures: Iterable[Failure]) -> None:
        for each in failures:
            content = json.dumps(each, ensure_ascii=False).encode()
            hashed = hashlib.blake2b(content, digest_size=16).digest()
            self._sum = (self._sum + int.from_bytes(hashed, "big")) % _MODULUS
            self.count += 1

    def add_total(self, count: int, text: str) -> None:
        """Add the failures of another digest, of which only this is known."""
        self._sum = (self._sum + int(text, 16)) % _MODULUS
        self.count += count

    @property
    def text(self) -> str:
        return f"{self._sum:032x}"


def of_rows(rows: Rows) -> str:
    digest = Digest()
    digest.add(rows)
    return digest.text


def _words(rows: Rows) -> list[_Words]:
    """Pack all columns into words of 64 bits."""
    layout: tuple[tuple[tuple[str, int], ...], ...] = (
        (("monitor_id", 32), ("slot", 32)),
        (("organization_id", 32), ("total_us", 32)),
        (("region_id", 16), ("outcome", 8), ("cause", 8), ("http_status", 16), ("dns_ms", 16)),
        (("connect_ms", 16), ("tls_ms", 16), ("first_byte_ms", 16), ("lateness", 16)),
    )
    return [_packed(rows, columns) for columns in layout]


def _packed(rows: Rows, columns: tuple[tuple[str, int], ...]) -> _Words:
    word = np.zeros(len(rows), dtype=np.uint64)
    for name, bits in columns:
        column = rows[name].astype(np.int64).astype(np.uint64) & np.uint64((1 << bits) - 1)
        word = (word << np.uint64(bits)) | column
    return word


def _mixed(words: list[_Words], seed: int) -> _Words:
    """Return a hash of each row: the finalizer of splitmix64 after each word."""
    mixed: Any = np.full(len(words[0]), seed, dtype=np.uint64)
    for word in words:
        mixed = (mixed ^ word) + np.uint64(seed)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed = mixed ^ (mixed >> np.uint64(31))
    hashes: _Words = mixed
    return hashes
