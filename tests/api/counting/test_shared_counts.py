"""Requests of all processes are counted together, and what was a window ago weighs less and less."""

import time

import pytest
from limits import RateLimitItemPerHour, RateLimitItemPerSecond
from limits.strategies import SlidingWindowCounterRateLimiter
from redis import Redis

from server.counting.shared_counts import SharedCounts
from tests.devstack.eventually import eventually

HOURLY = RateLimitItemPerHour(10)


@pytest.fixture
def counter(redis: Redis) -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(SharedCounts(redis, time.time))


def test_what_does_not_fit_is_not_counted(counter: SlidingWindowCounterRateLimiter) -> None:
    assert counter.hit(HOURLY, "ada", cost=8)
    assert not counter.hit(HOURLY, "ada", cost=3)
    assert counter.hit(HOURLY, "ada", cost=2)
    assert counter.get_window_stats(HOURLY, "ada").remaining == 0
    assert counter.get_window_stats(HOURLY, "eve").remaining == 10


def test_there_is_room_again_when_time_has_passed(counter: SlidingWindowCounterRateLimiter) -> None:
    limit = RateLimitItemPerSecond(4)
    eventually(lambda: not counter.hit(limit, "ada"), seconds=10)
    asked_at = time.time()
    assert counter.get_window_stats(limit, "ada").reset_time <= asked_at + 2
    eventually(lambda: counter.hit(limit, "ada"), seconds=10)


def test_counts_go_by_themselves(counter: SlidingWindowCounterRateLimiter, redis: Redis) -> None:
    counter.hit(HOURLY, "ada")
    (key,) = redis.keys("limits*")
    assert 0 < redis.ttl(key) <= 7200
