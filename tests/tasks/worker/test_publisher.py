"""Check messages are real Celery messages, and a full queue takes no more."""

import json
from typing import Any

import pytest
from celery import Celery
from redis import Redis

from services.checks.dispatch import DueCheck
from services.operations.telemetry import messages as message_telemetry
from tasks.app import import_tasks
from tasks.worker import publisher

QUEUE = "q.checks.default"


def published(redis: Redis) -> list[dict[str, Any]]:
    return [json.loads(raw) for raw in reversed(redis.lrange(QUEUE, 0, -1))]


@pytest.mark.usefixtures("celery")
def test_each_check_is_one_message_with_its_arguments(redis: Redis) -> None:
    publisher.publish([DueCheck(7, 1_800_000_000 + n, 3, "default") for n in range(3)])
    messages = published(redis)
    assert len(messages) == 3
    assert messages[0]["headers"]["task"] == "checks.check"
    assert messages[0]["headers"]["id"] == "7-1800000000-default"
    assert messages[0]["content-type"] == "application/json"


@pytest.mark.usefixtures("redis")
def test_celery_itself_understands_the_message(celery: Celery, redis: Redis) -> None:
    import_tasks()
    publisher.publish([DueCheck(7, 1_800_000_000, 3, "default")])
    with celery.connection_for_read() as connection:
        channel: Any = connection.default_channel
        message = channel.basic_get(QUEUE, no_ack=True)
    assert message is not None
    args, kwargs, _ = message.decode()
    assert (args, kwargs) == ([7, 1_800_000_000, 3], {})
    assert celery.tasks[message.headers["task"]].name == publisher.CHECK_TASK
    assert redis.llen(QUEUE) == 0


@pytest.mark.usefixtures("celery")
def test_a_check_that_is_published_again_is_another_message(redis: Redis) -> None:
    for _ in range(2):
        publisher.publish([DueCheck(7, 1_800_000_000 + n, 3, "default") for n in range(2)])
    tags = {each["properties"]["delivery_tag"] for each in published(redis)}
    assert len(tags) == 4


@pytest.mark.usefixtures("celery")
def test_regions_have_queues_of_their_own(redis: Redis) -> None:
    publisher.publish([DueCheck(1, 10, 1, "north"), DueCheck(2, 10, 1, "default")])
    assert redis.llen(QUEUE) == redis.llen("q.checks.north") == 1


@pytest.mark.usefixtures("celery")
def test_a_full_queue_is_passed_over_and_counted(redis: Redis) -> None:
    redis.rpush(QUEUE, *(["x"] * 20_000))
    publisher.publish([DueCheck(1, 10, 1, "default"), DueCheck(2, 10, 1, "north")])
    assert redis.llen(QUEUE) == 20_000
    assert redis.llen("q.checks.north") == 1
    assert message_telemetry.skipped(redis) == {"default": 1}


@pytest.mark.abuse(116)
@pytest.mark.usefixtures("celery")
def test_abuse_116_who_fills_the_queue_keeps_no_other_organization_out_of_it(redis: Redis) -> None:
    redis.rpush(QUEUE, *(["x"] * 19_900))
    hog = [DueCheck(number, 10, 1, "default", 1) for number in range(5_000)]
    others = [DueCheck(10_000 + number, 10, 1, "default", 2 + number // 5) for number in range(50)]
    publisher.publish([*hog, *others])
    assert redis.llen(QUEUE) == 20_000
    monitors = [json.loads(raw)["headers"]["id"] for raw in redis.lrange(QUEUE, 0, 99)]
    notified = {int(each.partition("-")[0]) for each in monitors}
    assert {each.monitor_id for each in others} < notified
    assert len(notified) == 100
    assert message_telemetry.skipped(redis) == {"default": 1}


@pytest.mark.abuse(116)
@pytest.mark.usefixtures("celery")
def test_abuse_116_an_organization_alone_may_use_the_whole_queue(redis: Redis) -> None:
    publisher.publish([DueCheck(number, 10, 1, "default", 1) for number in range(12_000)])
    assert redis.llen(QUEUE) == 12_000
    assert message_telemetry.skipped(redis) == {}
