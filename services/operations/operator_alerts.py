"""Notifies the operator of bad health once, although several processes notice it.

Redis records the notice. Without Redis, each process notifies by itself, of the end too.
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
"""A process that has not finished after this time was killed."""
_NOTIFYING = "notifying"


class HealthNotice(StrEnum):
    """The operator's last notice; an expired record counts as none."""

    BEGAN = "1"
    OVER = "over"


# Take the right to notify, unless that was done or is in progress. Return whether, and the previous
# value.
_TAKE = """
    local held = redis.call('get', KEYS[1])
    if held == ARGV[1] or held == ARGV[2] then return {0, held} end
    redis.call('set', KEYS[1], ARGV[2], 'ex', ARGV[3])
    return {1, held or ''}
"""


def was_notified(redis: Redis) -> bool:
    """Return whether the operator was notified of a problem and not yet of its end."""
    try:
        return redis.get(_KEY) == HealthNotice.BEGAN.encode()
    except RedisError:
        return False


def notify(redis: Redis, news: HealthNotice, send: Callable[[], None]) -> bool:
    """Make one process send the notice; return whether it was sent.

    Return False while another process is sending it. Raise `RedisError` if that cannot be known,
    and what `send` raises: then any process tries again.
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
