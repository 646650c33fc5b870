"""Who tells the operator that the system is not well, where several processes notice: one of them.

Redis knows whether it was told. Without Redis each process tells by itself, and tells the end, too.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum

from redis import Redis
from redis.exceptions import RedisError

_KEY = "operator:told"
_KEPT = timedelta(days=30)
_LONGEST = timedelta(minutes=2)
"""Whoever began to tell and is not done by then was killed."""
_NOTIFYING = "telling"


class HealthNotice(StrEnum):
    """What the operator was told last; a mail that nobody knows of any more counts as none."""

    BEGAN = "1"
    OVER = "over"


# Takes the turn, unless it was told or somebody is at it; returns whose it is, and what was there.
_TAKE = """
    local held = redis.call('get', KEYS[1])
    if held == ARGV[1] or held == ARGV[2] then return {0, held} end
    redis.call('set', KEYS[1], ARGV[2], 'ex', ARGV[3])
    return {1, held or ''}
"""


def was_notified(redis: Redis) -> bool:
    """Say whether somebody told of an episode whose end was not told yet."""
    try:
        return redis.get(_KEY) == HealthNotice.BEGAN.encode()
    except RedisError:
        return False


def notify(redis: Redis, news: HealthNotice, send: Callable[[], None]) -> bool:
    """Let one process send it; say whether it was sent by now, or somebody is still at it.

    Raises `RedisError` where nobody can know, and what `send` raises: then somebody tries again.
    """
    seconds = int(_LONGEST.total_seconds())
    mine, held = redis.eval(_TAKE, 1, _KEY, news.value, _NOTIFYING, str(seconds))
    if not mine:
        return bool(held == news.value.encode())
    try:
        send()
    except BaseException:
        with suppress(RedisError):
            _put_back(redis, held)
        raise
    with suppress(RedisError):
        redis.set(_KEY, news.value, ex=_KEPT)
    return True


def _put_back(redis: Redis, held: bytes) -> None:
    if held:
        redis.set(_KEY, held, ex=_KEPT)
    else:
        redis.delete(_KEY)
