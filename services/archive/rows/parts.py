"""What is unloaded from the store of checks at once."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple


class Part(NamedTuple):
    """A shard's day, or that of all shards, without erased organizations."""

    day: date
    erased: Sequence[int] = ()
    shard: int | None = None
