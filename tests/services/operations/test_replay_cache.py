"""Records of messages that were worked off."""

from redis import Redis

from security.messages.messages import FUTURE_SECONDS, LONGEST_AGE_SECONDS
from services.operations import replay_cache

ONE, OTHER = "a" * 64, "b" * 64


def test_a_message_is_known_once_it_is_noted(redis: Redis) -> None:
    assert replay_cache.are_finished(redis, [ONE, OTHER]) == [False, False]
    with redis.pipeline() as pipe:
        replay_cache.note(pipe, ONE)
        pipe.execute()
    assert replay_cache.are_finished(redis, [OTHER, ONE]) == [False, True]


def test_nothing_is_noted_before_the_acknowledgement_is_written(redis: Redis) -> None:
    with redis.pipeline() as pipe:
        replay_cache.note(pipe, ONE)
        assert replay_cache.are_finished(redis, [ONE]) == [False]


def test_a_record_outlives_the_signature_by_the_clock_of_every_reader(redis: Redis) -> None:
    with redis.pipeline() as pipe:
        replay_cache.note(pipe, ONE)
        pipe.execute()
    (key,) = redis.scan_iter()
    assert redis.ttl(key) > LONGEST_AGE_SECONDS + FUTURE_SECONDS + 90
