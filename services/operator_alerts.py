"""Who tells the operator that the system is not well, where several processes notice: one of them.

Redis knows whether it was told. Without Redis each process tells by itself, and tells the end, too.
"""

from datetime import timedelta

from redis import Redis
from redis.exceptions import RedisError

_KEY = "operator:told"
_KEPT = timedelta(days=30)


def was_told(redis: Redis) -> bool:
    """Say whether somebody told of an episode whose end was not told yet."""
    try:
        return bool(redis.exists(_KEY))
    except RedisError:
        return False


def take_beginning(redis: Redis) -> bool:
    """Say whether this process is the one to tell; raises `RedisError` where nobody can know."""
    return bool(redis.set(_KEY, "1", nx=True, ex=_KEPT))


def take_end(redis: Redis) -> bool:
    """Say whether this process is the one to tell the end; raises `RedisError` like the other."""
    return bool(redis.delete(_KEY))


def give_back_beginning(redis: Redis) -> None:
    """Let somebody tell of it later: the mail could not be sent."""
    redis.delete(_KEY)


def give_back_end(redis: Redis) -> None:
    """Let somebody tell of the end later."""
    redis.set(_KEY, "1", ex=_KEPT)
