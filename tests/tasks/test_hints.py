"""Hints on their way to Redis: one version further each time, and never in the way of anything."""

import socket
from datetime import UTC, datetime

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.retry import Retry

from domain import hints
from domain.hints import Hint
from services.after_commit import hints as hints_of_services
from tasks.hints import Publisher

OWN, OTHER = 7, 8


@pytest.fixture
def heard(redis: Redis) -> PubSub:
    """Listen to the hints of all organizations."""
    listener: PubSub = redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]  # redis-py has no types for it
    listener.psubscribe(hints.PATTERN)
    listener.get_message(timeout=1)
    return listener


def said(heard: PubSub) -> list[tuple[int | None, Hint]]:
    found = []
    while message := heard.get_message(timeout=0.2):
        organization_id = hints.organization_of(message["channel"].decode())
        found.append((organization_id, hints.parse(message["data"])))
    return found


def version(redis: Redis, organization_id: int) -> int:
    return int(redis.get(hints.version_key(organization_id)) or 0)


def test_each_organization_hears_of_its_own_changes_with_its_own_version(
    redis: Redis, heard: PubSub
) -> None:
    publisher = Publisher(lambda: redis)
    publisher.publish({OWN: frozenset({"monitors", "incidents"}), OTHER: frozenset({"exports"})})
    publisher.publish({OWN: frozenset({"monitors"})})
    first, other, second = said(heard)
    assert [first[0], other[0], second[0]] == [OWN, OTHER, OWN]
    assert first[1].what == {"monitors", "incidents"}
    assert second[1].version == first[1].version + 1 == version(redis, OWN)
    assert other[1].version == version(redis, OTHER)


def test_the_version_of_edits_advances_with_edits_alone_and_pages_do_not_hear_of_it(
    redis: Redis, heard: PubSub
) -> None:
    publisher = Publisher(lambda: redis)
    publisher.publish({OWN: frozenset({"monitors", hints_of_services.EDIT})})
    edited = redis.get(hints.edits_key(OWN))
    publisher.publish({OWN: frozenset({"monitors"})})
    assert edited is not None
    assert redis.get(hints.edits_key(OWN)) == edited
    assert [hint.what for _, hint in said(heard)] == [{"monitors"}, {"monitors"}]


def test_a_version_is_never_used_again_after_redis_was_emptied(redis: Redis) -> None:
    publisher = Publisher(lambda: redis)
    for _ in range(3):
        publisher.publish({OWN: frozenset({"monitors"})})
    before = version(redis, OWN)
    redis.flushdb()
    publisher.publish({OWN: frozenset({"monitors"})})
    assert before < version(redis, OWN) <= datetime.now(UTC).timestamp() * 1_000_000 + 1


def test_nothing_is_said_to_redis_without_a_change(redis: Redis) -> None:
    before = redis.info("commandstats")
    Publisher(lambda: redis).publish({})
    after = redis.info("commandstats")
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert set(after) - set(before) <= {"cmdstat_info"}


def test_without_redis_nothing_is_raised_and_the_next_tries_are_left_out() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    asked = []

    def client() -> Redis:
        asked.append(port)
        return Redis(port=port, retry=Retry(NoBackoff(), 0))

    publisher = Publisher(client)
    for _ in range(3):
        publisher.publish({OWN: frozenset({"monitors"})})
    assert len(asked) == 1


def test_what_is_no_hint_is_told_apart() -> None:
    assert hints.organization_of("live:12") == 12
    assert hints.organization_of("live:v:12") is None
    assert hints.organization_of("elsewhere") is None
    assert hints.parse(Hint(3, frozenset({"b", "a"})).text()) == Hint(3, frozenset({"a", "b"}))
    for text in ("", "[]", "{}", '{"v": "1"}', '{"v": true}', "nonsense"):
        with pytest.raises(ValueError, match=r"."):
            hints.parse(text)
