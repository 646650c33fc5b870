"""Counts requests: in Redis for all processes, and in this one while Redis is gone."""

import math
import time
from dataclasses import dataclass
from typing import Protocol

import structlog
from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis import Redis
from redis.exceptions import RedisError

from api.shared_counts import SharedCounts

_AGAIN_SECONDS = 5.0
"""For how long Redis is not asked after it failed: each try may take a second."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one limit stands after a request was counted, or refused."""

    limit: RateLimitItem
    allowed: bool
    remaining: int
    seconds: int
    """Until there is room for one more."""


class Counts(Protocol):
    def count(self, limit: RateLimitItem, *whose: str) -> Standing | None:
        """Count one request of somebody; None where nothing is counted."""


class Limiter:
    """Sliding windows. Without Redis each process counts by itself, so it still limits."""

    def __init__(self, redis: Redis) -> None:
        self._shared = SlidingWindowCounterRateLimiter(SharedCounts(redis))
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared_again_at = 0.0

    def count(self, limit: RateLimitItem, *whose: str) -> Standing:
        if time.monotonic() >= self._shared_again_at:
            try:
                return _counted(self._shared, limit, whose)
            except RedisError as error:
                self._shared_again_at = time.monotonic() + _AGAIN_SECONDS
                log.warning("limits_counted_alone", error=type(error).__name__)
        return _counted(self._own, limit, whose)


class NoLimiter:
    """For operators who limit elsewhere, and for tests."""

    def count(self, limit: RateLimitItem, *whose: str) -> None:
        del limit, whose


def _counted(
    counter: SlidingWindowCounterRateLimiter, limit: RateLimitItem, whose: tuple[str, ...]
) -> Standing:
    allowed = counter.hit(limit, *whose)
    window = counter.get_window_stats(limit, *whose)
    seconds = max(1, math.ceil(window.reset_time - time.time()))
    return Standing(limit=limit, allowed=allowed, remaining=window.remaining, seconds=seconds)
