"""Messages that were worked off, kept in Redis for as long as they could be sent again by a stranger.

A record is written when a message is acknowledged, in the same transaction: a message that comes
again because its worker died is no replay. They hold no truth: without them, after a loss of Redis,
a replay is worked off once more, and every task is safe to repeat.
"""

from collections.abc import Sequence

from redis import Redis
from redis.client import Pipeline

from security.messages.messages import FUTURE_SECONDS, LONGEST_AGE_SECONDS

_KEY = "messages:finished:"
# Until its signature is too old for any reader; two clocks may be 45 s off, each its own way.
_KEEP_SECONDS = LONGEST_AGE_SECONDS + FUTURE_SECONDS + 120


def note(pipe: Pipeline, identity: str) -> None:
    """Add a record to what a pipeline is about to write."""
    pipe.set(_key(identity), b"", ex=_KEEP_SECONDS)


def are_finished(redis: Redis, identities: Sequence[str]) -> list[bool]:
    """Tell of each whether it was worked off."""
    return [value is not None for value in redis.mget([_key(each) for each in identities])]


def _key(identity: str) -> str:
    # Half of a digest: 128 bits tell any two messages apart.
    return _KEY + identity[:32]
