"""The queues of workers: how many messages wait in each."""

from collections.abc import Iterable, Mapping

from redis import Redis

_OF_NO_REGION = ("q.dispatch", "q.notifications", "q.housekeeping", "q.exports")


def depths(redis: Redis, regions: Iterable[str]) -> Mapping[str, int]:
    """Return the number of messages by queue. Raise `RedisError` if Redis does not answer."""
    names = (*_OF_NO_REGION, *(f"q.checks.{region}" for region in regions))
    with redis.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.llen(name)
        return dict(zip(names, pipe.execute(), strict=True))
