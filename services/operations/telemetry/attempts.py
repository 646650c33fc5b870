"""Counts attempts to deliver a message, by kind of channel and outcome."""

from enum import StrEnum

from redis import Redis

from services.operations.telemetry import series

_ATTEMPTS = "telemetry:delivery_attempts"


class AttemptOutcome(StrEnum):
    SENT = "sent"
    """The provider accepted the message."""
    FAILED = "failed"
    """The attempt failed, and another follows if there is time left."""
    REFUSED = "refused"
    """The provider refused the message for good."""


def count(redis: Redis, kind: str, outcome: AttemptOutcome) -> None:
    redis.hincrby(_ATTEMPTS, series.field(kind, outcome), 1)


def read(redis: Redis) -> dict[series.Labels, float]:
    """Return the attempts by kind and outcome since Redis was last empty."""
    return series.read(redis, _ATTEMPTS)
