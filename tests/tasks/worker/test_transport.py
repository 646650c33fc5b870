"""The bulk transport: what it takes, notes and acknowledges, seen in Redis itself."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from kombu import Connection, Consumer, Queue
from kombu.message import Message
from redis import Redis

from security.messages.messages import FUTURE_SECONDS, LONGEST_AGE_SECONDS, NoKeyError, identity
from tests.tasks.queue_worker import identities, refused

QUEUE = "q.housekeeping"


@pytest.fixture
def connection(celery: Celery) -> Iterator[Connection]:
    with celery.connection_for_read() as connection:
        yield connection


def put(celery: Celery, count: int, *, task: str = "housekeeping.tokens") -> None:
    with celery.producer_pool.acquire(block=True) as producer:
        for number in range(count):
            headers = {"task": task, "id": str(number)}
            producer.publish(
                {"number": number},
                exchange="",
                routing_key=QUEUE,
                serializer="json",
                headers=headers,
            )


def consume(connection: Connection, prefetch: int) -> tuple[Any, list[Message]]:
    """Start consuming; one `drain_events` delivers what there is room for."""
    taken: list[Message] = []
    channel: Any = connection.channel()
    channel.basic_qos(0, prefetch)
    consumer = Consumer(channel, [Queue(QUEUE)], on_message=taken.append, accept=["json"])
    consumer.consume()
    return channel, taken


def numbers(messages: list[Message]) -> list[int]:
    return [json.loads(message.body or "")["number"] for message in messages]


def tags(messages: list[Message]) -> list[str]:
    return [str(message.delivery_tag) for message in messages]


def test_the_messages_behind_the_first_come_with_it_and_in_order(
    celery: Celery, connection: Connection, redis: Redis
) -> None:
    put(celery, 20)
    channel, taken = consume(connection, prefetch=100)
    connection.drain_events(timeout=2)
    assert numbers(taken) == list(range(20))
    assert redis.llen(QUEUE) == 0
    assert redis.zcard("unacked_index") == redis.hlen("unacked") == 20
    assert set(redis.hkeys("unacked")) == {tag.encode() for tag in tags(taken)}
    channel.qos.ack_many(tags(taken))


def test_no_more_is_taken_than_may_be_in_flight(
    celery: Celery, connection: Connection, redis: Redis
) -> None:
    put(celery, 20)
    channel, taken = consume(connection, prefetch=8)
    connection.drain_events(timeout=2)
    assert len(taken) == 8
    assert redis.llen(QUEUE) == 12
    channel.qos.ack_many(tags(taken[:3]))
    connection.drain_events(timeout=2)
    assert numbers(taken) == list(range(11))
    channel.qos.ack_many(tags(taken[3:]))


def test_acknowledged_messages_are_gone_from_redis(
    celery: Celery, connection: Connection, redis: Redis
) -> None:
    put(celery, 5)
    channel, taken = consume(connection, prefetch=100)
    connection.drain_events(timeout=2)
    channel.qos.ack_many(tags(taken[:4]))
    taken[4].ack()
    assert redis.zcard("unacked_index") == redis.hlen("unacked") == 0


def test_messages_of_a_closed_connection_go_back_to_the_queue(
    celery: Celery, connection: Connection, redis: Redis
) -> None:
    put(celery, 5)
    channel, taken = consume(connection, prefetch=100)
    connection.drain_events(timeout=2)
    channel.qos.ack_many(tags(taken[:1]))
    connection.close()
    assert redis.llen(QUEUE) == 4
    assert redis.zcard("unacked_index") == 0


def test_an_abandoned_message_is_restored_by_whoever_looks(
    celery: Celery, connection: Connection, redis: Redis
) -> None:
    put(celery, 3)
    _, taken = consume(connection, prefetch=100)
    connection.drain_events(timeout=2)
    # As if its worker had been killed longer than the visibility timeout ago.
    redis.zadd("unacked_index", dict.fromkeys(tags(taken), 1))
    with celery.connection_for_read() as other:
        channel: Any = other.channel()
        channel.qos.restore_visible(num=10, interval=1)
    assert redis.llen(QUEUE) == 3
    assert redis.hlen("unacked") == 0


def test_a_message_is_noted_as_it_came_and_comes_again_like_that(
    celery: Celery, connection: Connection, redis: Redis
) -> None:
    put(celery, 1)
    [sent] = redis.lrange(QUEUE, 0, -1)
    channel, taken = consume(connection, prefetch=10)
    connection.drain_events(timeout=2)
    [noted] = redis.hvals("unacked")
    assert json.loads(noted) == [json.loads(sent), "", QUEUE]
    channel.qos.restore_by_tag(tags(taken)[0])
    connection.drain_events(timeout=2)
    assert numbers(taken) == [0, 0]
    channel.qos.ack_many(tags(taken))


def test_what_is_json_in_another_encoding_is_no_message(
    connection: Connection, redis: Redis
) -> None:
    channel: Any = connection.channel()
    redis.lpush(QUEUE, '{"body": 1}'.encode("utf-16"))
    assert channel.basic_get(QUEUE) is None
    assert refused(redis) == {"malformed": 1}


def test_batch_publishing_is_available(celery: Celery) -> None:
    acquired: Any = celery.producer_pool.acquire(block=True)
    with acquired as producer:
        assert producer.supports_batch_publish


def test_the_end_of_a_message_is_noted_with_its_acknowledgement(
    celery: Celery, connection: Connection, redis: Redis
) -> None:
    put(celery, 3)
    channel, taken = consume(connection, prefetch=100)
    connection.drain_events(timeout=2)
    assert identities(redis) == set()
    taken[0].ack()
    taken[1].reject(requeue=True)
    assert identities(redis) == {identity(taken[0].headers)[:32]}
    # For as long as anybody could still believe its signature.
    (key,) = redis.keys("messages:finished:*")
    assert redis.ttl(key) > LONGEST_AGE_SECONDS + FUTURE_SECONDS
    channel.qos.ack_many(tags(taken[2:]))


def test_a_check_leaves_no_record_since_its_row_is_one(
    celery: Celery, connection: Connection, redis: Redis
) -> None:
    put(celery, 1, task="checks.check")
    _, taken = consume(connection, prefetch=100)
    connection.drain_events(timeout=2)
    taken[0].ack()
    assert redis.hlen("unacked") == 0
    assert identities(redis) == set()


def test_a_forged_message_does_not_come_between_others_and_is_not_kept(
    celery: Celery, connection: Connection, redis: Redis
) -> None:
    put(celery, 2)
    first, second = (json.loads(raw) for raw in redis.lrange(QUEUE, 0, -1))
    first["headers"]["task"] = "housekeeping.x"
    redis.delete(QUEUE)
    redis.rpush(QUEUE, json.dumps(second), b"garbage", json.dumps(first))
    channel, taken = consume(connection, prefetch=100)
    connection.drain_events(timeout=2)
    assert numbers(taken) == [0]
    assert redis.llen(QUEUE) == 0
    assert redis.hkeys("unacked") == [tag.encode() for tag in tags(taken)]
    assert refused(redis) == {"malformed": 1, "sender": 1}
    channel.qos.ack_many(tags(taken))


def test_who_asks_for_one_message_gets_no_forged_one(
    celery: Celery, connection: Connection, redis: Redis
) -> None:
    channel: Any = connection.channel()
    redis.lpush(QUEUE, b"garbage")
    assert channel.basic_get(QUEUE) is None
    put(celery, 1)
    assert numbers([channel.basic_get(QUEUE, no_ack=True)]) == [0]


def test_nothing_is_sent_that_nobody_may_send(celery: Celery, redis: Redis) -> None:
    with pytest.raises(NoKeyError, match=r"housekeeping\.everything to q\.housekeeping"):
        put(celery, 1, task="housekeeping.everything")
    assert redis.llen(QUEUE) == 0
