"""Latency sketches: how many checks took how long, by bucket, so that percentiles can be merged.

A DDSketch: C. Masson, J. E. Rim, H. K. Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch
with Relative-Error Guarantees", VLDB 2019. Its buckets grow by 101 / 99. Here their bounds
are whole microseconds, computed with whole numbers. So the database and Python always agree, and
equal checks make equal bytes on any machine.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

RELATIVE_ERROR = 0.01
"""A percentile differs from the exact one by at most this share of it."""

LARGEST = 2**31 - 1
"""The longest latency in microseconds that a check row can hold."""

_GROWTH = (101, 99)
_VERSION = 1
_MORE = 0x80
_BITS = 7


def _bounds() -> Iterator[int]:
    numerator, denominator = _GROWTH
    least = 1
    while least <= LARGEST:
        yield least
        least = least * numerator // denominator + 1


BOUNDS = tuple(_bounds())
"""The least value of each bucket: the first is bucket 1, as `width_bucket` of Postgres counts."""


def bucket_of(microseconds: int) -> int:
    """Return the bucket of a latency of at least 1 µs."""
    return bisect_right(BOUNDS, microseconds)


def _value(bucket: int) -> float:
    """Return the value with the same relative distance to both ends of a bucket."""
    least = BOUNDS[bucket - 1]
    most = (BOUNDS[bucket] if bucket < len(BOUNDS) else LARGEST + 1) - 1
    return 2 * least * most / (least + most)


_VALUES = tuple(_value(bucket) for bucket in range(1, len(BOUNDS) + 1))


def last_bucket(microseconds: float) -> int:
    """Return the last bucket of checks that count as at most this long; 0 if none does."""
    return bisect_right(_VALUES, microseconds)


def at_most(encoded: bytes, bucket: int) -> tuple[int, int]:
    """Return how many checks of an encoded sketch are in buckets up to this one, and of all.

    It is what `Sketch.at_most` counts, in a fifth of the time. Raise `ValueError` for any other
    version.
    """
    buckets, counts = _columns(encoded)
    return sum(counts[: bisect_right(buckets, bucket)]), sum(counts)


@dataclass(frozen=True, slots=True)
class Sketch:
    """The number of checks in each bucket that has any, in the order of the buckets."""

    counts: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, microseconds: Iterable[int]) -> "Sketch":
        return cls(tuple(sorted(Counter(map(bucket_of, microseconds)).items())))

    @property
    def count(self) -> int:
        return sum(count for _, count in self.counts)

    def quantiles(self, shares: Sequence[float]) -> list[float]:
        """Return the values below which these shares (0 to 1) lie, in microseconds.

        Between two ranks the value is interpolated, as `percentile_cont` of Postgres does.
        """
        if not self.counts:
            raise ValueError("A sketch of no checks has no quantiles.")
        buckets, counts = zip(*self.counts, strict=True)
        ends = list(accumulate(counts))
        return [_quantile(buckets, ends, share) for share in shares]

    def at_most(self, microseconds: float) -> int:
        """Return how many checks took at most this long.

        A bucket counts as a whole, so the limit is exact to `RELATIVE_ERROR`.
        """
        last = last_bucket(microseconds)
        return sum(count for bucket, count in self.counts if bucket <= last)

    def encode(self) -> bytes:
        """Return the sketch as bytes: a version, then the gap and the count of each bucket.

        Numbers are LEB128: seven bits a byte, the lowest first. Equal sketches give equal bytes.
        """
        found = bytearray([_VERSION])
        before = 0
        for bucket, count in self.counts:
            _write(found, bucket - before)
            _write(found, count)
            before = bucket
        return bytes(found)

    @classmethod
    def decode(cls, encoded: bytes) -> "Sketch":
        """Read what `encode` returned. Raise `ValueError` for any other version."""
        return cls(tuple(zip(*_columns(encoded), strict=True)))


def quantile_of(encoded: bytes, share: float) -> float | None:
    """Return a quantile of an encoded sketch in microseconds, or None of no checks.

    It is that of the decoded sketch in a fifth of the time: a list of monitors reads thousands.
    Raise `ValueError` for any other version.
    """
    buckets, counts = _columns(encoded)
    return _quantile(buckets, list(accumulate(counts)), share) if counts else None


def _quantile(buckets: Sequence[int], ends: Sequence[int], share: float) -> float:
    """Interpolate between two ranks; `ends` are the counts of the buckets, added up."""
    last = ends[-1] - 1
    position = share * last
    rank = min(int(position), last)
    lower = _value(buckets[bisect_right(ends, rank)])
    upper = _value(buckets[bisect_right(ends, min(rank + 1, last))])
    return lower + (position - rank) * (upper - lower)


def merge(sketches: Iterable[Sketch]) -> Sketch:
    """Return the sketch of all their checks; the order does not matter."""
    counts: dict[int, int] = {}
    for sketch in sketches:
        for bucket, count in sketch.counts:
            counts[bucket] = counts.get(bucket, 0) + count
    return Sketch(tuple(sorted(counts.items())))


def _write(found: bytearray, number: int) -> None:
    while number >= _MORE:
        found.append(number % _MORE | _MORE)
        number >>= _BITS
    found.append(number)


def _columns(encoded: bytes) -> tuple[list[int], Sequence[int]]:
    """Return the buckets and their counts."""
    if not encoded or encoded[0] != _VERSION:
        raise ValueError("This is not a sketch of a known version.")
    numbers = _read(encoded)
    # Even places have the gaps between buckets, odd ones their counts.
    return list(accumulate(numbers[::2])), numbers[1::2]


def _read(encoded: bytes) -> Sequence[int]:
    # Mostly the first bucket alone takes two bytes: the others are near, with few checks.
    if encoded[2:].isascii():
        return [*_numbers(encoded[1:3]), *encoded[3:]]
    return _numbers(encoded[1:])


def _numbers(encoded: bytes) -> list[int]:
    numbers = []
    number = shift = 0
    for byte in encoded:
        if byte < _MORE:
            numbers.append(number | byte << shift)
            number = shift = 0
        else:
            number |= byte % _MORE << shift
            shift += _BITS
    return numbers
