"""Counters in Redis: those of checks, messages, attempts and requests."""

import pytest
from redis import Redis
from redis.exceptions import RedisError

from domain.evaluation.outcome import Outcome
from services.operations.telemetry import attempts, checks, messages, requests
from services.operations.telemetry.attempts import AttemptOutcome
from services.operations.telemetry.requests import RequestCounts

ROUTE = "/api/v1/monitors/<uuid:monitor_id>"


def test_batches_of_checks_add_up_by_region(redis: Redis) -> None:
    outcomes = [Outcome.UP, Outcome.UP, Outcome.DOWN]
    checks.count(redis, "default", outcomes, [0.05, 0.2, 99], stale=2)
    checks.count(redis, "default", [Outcome.UP], [0.05], stale=0)
    checks.count(redis, "eu-west", [Outcome.UP], [3], stale=0)
    counted = checks.read(redis)
    assert counted.checks["default", "up"] == 3
    assert counted.checks["eu-west", "up"] == 1
    assert counted.by_outcome() == {"up": 4, "down": 1, "stale": 2}
    assert counted.lateness["default"].buckets == {0.1: 2, 0.25: 1, float("inf"): 1}
    assert round(counted.lateness["default"].sum, 2) == 99.3
    assert counted.lateness["eu-west"].sum == 3


def test_the_bound_of_lateness_is_that_of_all_regions(redis: Redis) -> None:
    checks.count(redis, "default", [], [0.05] * 9, stale=0)
    checks.count(redis, "eu-west", [], [99], stale=0)
    counted = checks.read(redis)
    assert counted.lateness_bound(0.5) == 0.1
    assert counted.lateness_bound(0.99) == float("inf")
    redis.flushdb()
    assert checks.read(redis).lateness_bound(0.5) is None


def test_refused_messages_are_counted_by_reason(redis: Redis) -> None:
    messages.count_refused(redis, {"unsigned": 2, "stale": 1})
    messages.count_refused(redis, {"unsigned": 1})
    assert messages.refused(redis) == {"unsigned": 3, "stale": 1}


def test_attempts_are_counted_by_kind_and_outcome(redis: Redis) -> None:
    for outcome in (AttemptOutcome.SENT, AttemptOutcome.SENT, AttemptOutcome.FAILED):
        attempts.count(redis, "email", outcome)
    assert attempts.read(redis) == {("email", "sent"): 2, ("email", "failed"): 1}


def test_requests_of_several_processes_add_up(redis: Redis) -> None:
    one, two = RequestCounts(), RequestCounts()
    one.add(ROUTE, "GET", 200, 0.01)
    one.add(ROUTE, "GET", 204, 0.3)
    two.add(ROUTE, "GET", 404, 9)
    for counts in (one, two, one):
        counts.flush(redis)
    found = requests.read(redis)
    assert found.counts == {(ROUTE, "GET", "2xx"): 2, (ROUTE, "GET", "4xx"): 1}
    assert found.durations[ROUTE, "GET"].buckets == {0.025: 1, 0.5: 1, float("inf"): 1}
    assert round(found.durations[ROUTE, "GET"].sum, 2) == 9.31


def test_paths_and_methods_that_others_choose_make_no_series(redis: Redis) -> None:
    counts = RequestCounts()
    for number in range(50):
        counts.add(None, f"METHOD-{number}", 404, 0.01)
    counts.flush(redis)
    assert list(requests.read(redis).counts) == [("unmatched", "other", "4xx")]


def test_requests_that_redis_did_not_take_are_added_later(redis: Redis) -> None:
    counts = RequestCounts()
    counts.add(ROUTE, "GET", 200, 0.01)
    with Redis(unix_socket_path="/nonexistent/redis.sock") as nobody, pytest.raises(RedisError):
        counts.flush(nobody)
    counts.add(ROUTE, "GET", 200, 0.01)
    counts.flush(redis)
    assert requests.read(redis).counts == {(ROUTE, "GET", "2xx"): 2}


def test_an_empty_redis_counts_nothing(redis: Redis) -> None:
    assert checks.read(redis).checks == {}
    assert checks.read(redis).lateness == {}
    assert messages.skipped(redis) == messages.refused(redis) == {}
    assert requests.read(redis).counts == attempts.read(redis) == {}
