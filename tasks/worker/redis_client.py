"""The Redis client of this process, for metrics and queue lengths; messages go through Celery."""

from functools import cache

from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from config.settings import load
from tasks.worker.redis_commands import PACKER

_UNREACHABLE = (OperationalError, RedisConnectionError, RedisTimeoutError)


@cache
def redis_client() -> Redis:
    return Redis.from_url(
        load().redis_url.get_secret_value(),
        socket_timeout=2,
        socket_connect_timeout=2,
        command_packer=PACKER,
    )


def is_unreachable(error: BaseException) -> bool:
    """Return whether Redis is unreachable, through this client or through Celery."""
    return isinstance(error, _UNREACHABLE)
