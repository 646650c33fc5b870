"""Of several processes that notice, one tells the operator, and if it dies of that another does."""

from typing import Any

import pytest
from redis import Redis

from services.operations import operator_alerts
from services.operations.operator_alerts import HealthNotice


class Operator:
    """Counts the mails."""

    def __init__(self) -> None:
        self.mails = 0

    def write(self) -> None:
        self.mails += 1


@pytest.fixture
def operator() -> Operator:
    return Operator()


def forget_the_turn(redis: Redis) -> None:
    """Let the time of a turn pass that was left behind, if it is one that passes."""
    [key] = redis.keys()
    if 0 < redis.ttl(key) <= 120:
        redis.delete(key)


def test_what_was_told_is_not_told_again(redis: Redis, operator: Operator) -> None:
    for news in (HealthNotice.BEGAN, HealthNotice.OVER, HealthNotice.BEGAN):
        for _ in range(2):
            assert operator_alerts.notify(redis, news, operator.write)
    assert operator.mails == 3
    assert operator_alerts.was_notified(redis)


@pytest.mark.parametrize("news", HealthNotice)
def test_while_one_tells_nobody_else_does_and_nobody_takes_it_for_told(
    redis: Redis, operator: Operator, news: HealthNotice
) -> None:
    def write() -> None:
        assert not operator_alerts.notify(redis, news, operator.write)
        assert not operator_alerts.was_notified(redis)

    assert operator_alerts.notify(redis, news, write)
    assert operator.mails == 0
    assert operator_alerts.notify(redis, news, operator.write)
    assert operator.mails == 0


@pytest.mark.parametrize("news", HealthNotice)
def test_who_is_killed_while_it_tells_leaves_that_to_another(
    redis: Redis, operator: Operator, news: HealthNotice
) -> None:
    left_behind: list[tuple[Any, Any, int]] = []

    def look_on() -> None:
        [key] = redis.keys()
        left_behind.append((key, redis.get(key), redis.ttl(key)))

    operator_alerts.notify(redis, news, look_on)
    [(key, value, seconds)] = left_behind
    redis.set(key, value, ex=seconds)
    assert not operator_alerts.notify(redis, news, operator.write)
    forget_the_turn(redis)
    assert operator_alerts.notify(redis, news, operator.write)
    assert operator.mails == 1


def test_what_could_not_be_sent_is_as_it_was(redis: Redis, operator: Operator) -> None:
    def fail() -> None:
        raise TimeoutError

    for news in (HealthNotice.BEGAN, HealthNotice.OVER):
        with pytest.raises(TimeoutError):
            operator_alerts.notify(redis, news, fail)
        assert operator_alerts.was_notified(redis) is (news is HealthNotice.OVER)
        assert operator_alerts.notify(redis, news, operator.write)
    assert operator.mails == 2
