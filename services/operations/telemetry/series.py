"""Hashes of counters in Redis: each field names the labels of one series."""

from collections.abc import Iterable, Mapping
from typing import cast

from redis import Redis

Labels = tuple[str, ...]

_SEPARATOR = " "
"""No label here contains it: they are names of this program, of regions, and patterns of routes."""


def field(*labels: str) -> str:
    """Return the field of a series. The order of its labels must stay the same."""
    return _SEPARATOR.join(labels)


def read(redis: Redis, key: str) -> dict[Labels, float]:
    """Return the values of a hash by their labels."""
    table = cast("Mapping[bytes, bytes]", redis.hgetall(key))
    return {tuple(name.decode().split(_SEPARATOR)): float(value) for name, value in table.items()}


def summed(values: Mapping[Labels, float], labels: Iterable[int]) -> dict[Labels, float]:
    """Add up the series that agree in the labels at these positions."""
    positions, sums = tuple(labels), dict[Labels, float]()
    for name, value in values.items():
        kept = tuple(name[position] for position in positions)
        sums[kept] = sums.get(kept, 0) + value
    return sums
