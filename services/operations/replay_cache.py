"""Finished messages, recorded in Redis for as long as an attacker could replay them.

The record is written in the transaction that acknowledges the message. So a message that is
repeated because its worker died is no replay. Records are not essential: if Redis loses them, a
replay is processed again, and every task is safe to repeat.
"""

from collections.abc import Sequence

from redis import Redis
from redis.client import Pipeline

from security.messages.messages import FUTURE_SECONDS, LONGEST_AGE_SECONDS

_KEY = "messages:finished:"
# Until its signature is too old for any reader; two clocks may each be 45 s off, in opposite
# directions.
_KEEP_SECONDS = LONGEST_AGE_SECONDS + FUTURE_SECONDS + 120


def note(pipe: Pipeline, identity: str) -> None:
    """Add a record to a pipeline."""
    pipe.set(_key(identity), b"", ex=_KEEP_SECONDS)


def are_finished(redis: Redis, identities: Sequence[str]) -> list[bool]:
    """Return for each message whether it was finished."""
    return [value is not None for value in redis.mget([_key(each) for each in identities])]


def _key(identity: str) -> str:
    # Half of the digest: 128 bits distinguish any two messages.
    return _KEY + identity[:32]
