"""The bulk transport: what it takes, notes and acknowledges, seen in Redis itself."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from kombu import Connection, Consumer, Queue
from kombu.message import Message
from redis import Redis

QUEUE = "q.maintenance"


@pytest.fixture
def connection(celery: Celery) -> Iterator[Connection]:
    with celery.connection_for_read() as connection:
        yield connection


def put(celery: Celery, count: int) -> None:
    with celery.producer_pool.acquire(block=True) as producer:
        for number in range(count):
            headers = {"task": "maintenance.tokens", "id": str(number)}
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


def test_batch_publishing_is_available(celery: Celery) -> None:
    acquired: Any = celery.producer_pool.acquire(block=True)
    with acquired as producer:
        assert producer.supports_batch_publish
