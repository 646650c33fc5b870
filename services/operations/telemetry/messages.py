"""Counts what happens to messages of queues: refused ones, and rounds that a full queue cut short."""

from collections.abc import Mapping

from redis import Redis

from services.operations.telemetry import series

_SKIPPED = "telemetry:skipped"
_REFUSED = "telemetry:refused"


def count_skipped(redis: Redis, region: str) -> None:
    """Count a publishing round of a region that a full queue cut short."""
    redis.hincrby(_SKIPPED, region, 1)


def count_refused(redis: Redis, reasons: Mapping[str, int]) -> None:
    """Add refused messages by reason."""
    with redis.pipeline(transaction=False) as pipe:
        for reason, count in reasons.items():
            pipe.hincrby(_REFUSED, reason, count)
        pipe.execute()


def skipped(redis: Redis) -> dict[str, int]:
    """Return the rounds that were cut short, by region."""
    return {region: int(value) for (region,), value in series.read(redis, _SKIPPED).items()}


def refused(redis: Redis) -> dict[str, int]:
    """Return the refused messages, by reason."""
    return {reason: int(value) for (reason,), value in series.read(redis, _REFUSED).items()}
