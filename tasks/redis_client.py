"""The Redis client of this process, for figures and queue lengths; messages go through Celery."""

from functools import cache

from redis import Redis

from config.settings import load


@cache
def redis_client() -> Redis:
    return Redis.from_url(
        load().redis_url.get_secret_value(), socket_timeout=2, socket_connect_timeout=2
    )
