"""Counts requests: in Redis for all processes, or in this process while Redis is unavailable."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import structlog
from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis import Redis
from redis.exceptions import RedisError

from server.counting.shared_counts import SharedCounts

_AGAIN_SECONDS = 5.0
"""The seconds for which Redis is not used after a failure, because each try may take a second."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitStatus:
    """The status of one limit after a request was counted or refused."""

    limit: RateLimitItem
    allowed: bool
    remaining: int
    seconds: int
    """The seconds until another request fits."""


class Counts(Protocol):
    def count(self, limit: RateLimitItem, *whose: str, amount: int = 1) -> LimitStatus | None:
        """Add an amount to the count of a caller. Return None if nothing is counted."""

    def status(self, limit: RateLimitItem, *whose: str) -> LimitStatus | None:
        """Return whether another request would be allowed, without counting it."""


class Limiter:
    """Sliding windows. Without Redis each process counts by itself, so limits still apply.

    `clock` returns unix seconds. Processes that count together need about the same time.
    """

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.time) -> None:
        self._shared = SlidingWindowCounterRateLimiter(SharedCounts(redis, clock))
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared_again_at = 0.0

    def count(self, limit: RateLimitItem, *whose: str, amount: int = 1) -> LimitStatus:
        return self._by_either(partial(_counted, amount=amount), limit, whose)

    def status(self, limit: RateLimitItem, *whose: str) -> LimitStatus:
        return self._by_either(_looked, limit, whose)

    def _by_either(self, ask: "_Ask", limit: RateLimitItem, whose: tuple[str, ...]) -> LimitStatus:
        if time.monotonic() >= self._shared_again_at:
            try:
                return ask(self._shared, limit, whose)
            except RedisError as error:
                self._shared_again_at = time.monotonic() + _AGAIN_SECONDS
                log.warning("limits_counted_alone", error=type(error).__name__)
        return ask(self._own, limit, whose)


class NoLimiter:
    """A limiter for tests, and for operators who limit elsewhere."""

    def count(self, limit: RateLimitItem, *whose: str, amount: int = 1) -> None:
        del limit, whose, amount

    def status(self, limit: RateLimitItem, *whose: str) -> None:
        del limit, whose


_Ask = Callable[[SlidingWindowCounterRateLimiter, RateLimitItem, tuple[str, ...]], LimitStatus]


def _counted(
    counter: SlidingWindowCounterRateLimiter,
    limit: RateLimitItem,
    whose: tuple[str, ...],
    amount: int,
) -> LimitStatus:
    allowed = counter.hit(limit, *whose, cost=amount)
    return replace(_looked(counter, limit, whose), allowed=allowed)


def _looked(
    counter: SlidingWindowCounterRateLimiter, limit: RateLimitItem, whose: tuple[str, ...]
) -> LimitStatus:
    window = counter.get_window_stats(limit, *whose)
    allowed = window.remaining > 0
    seconds = max(1, math.ceil(window.reset_time - time.time()))
    return LimitStatus(limit=limit, allowed=allowed, remaining=window.remaining, seconds=seconds)
