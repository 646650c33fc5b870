"""Counters in Redis."""

from redis import Redis

from domain.evaluation.outcome import Outcome
from services.operations import telemetry


def test_batches_add_up(redis: Redis) -> None:
    telemetry.count_checks(redis, [Outcome.UP, Outcome.UP, Outcome.DOWN], [0.05, 0.2, 99], stale=2)
    telemetry.count_checks(redis, [Outcome.UP], [0.05], stale=0)
    counted = telemetry.read(redis)
    assert counted.checks == {"up": 3, "down": 1, "stale": 2}
    assert counted.lateness == {0.1: 2, 0.25: 1, float("inf"): 1}
    assert round(counted.lateness_sum, 2) == 99.3


def test_refused_messages_are_counted_by_reason(redis: Redis) -> None:
    telemetry.count_refused(redis, {"unsigned": 2, "stale": 1})
    telemetry.count_refused(redis, {"unsigned": 1})
    assert telemetry.read(redis).refused == {"unsigned": 3, "stale": 1}


def test_an_empty_redis_counts_nothing(redis: Redis) -> None:
    counted = telemetry.read(redis)
    assert (counted.checks, counted.lateness, counted.skipped) == ({}, {}, {})
    assert counted.refused == {}
    assert counted.lateness_sum == 0
