"""Counts of sliding windows in Redis, with the few commands that the API may use there."""

from collections.abc import Callable

from limits.storage import RedisStorage
from redis import Redis

# One script, so that two processes cannot both take the last place. The library's strategy also
# weighs the count of the previous window by the part of it that is still covered.
_COUNT = """
local previous = tonumber(redis.call('get', KEYS[1])) or 0
local current = tonumber(redis.call('get', KEYS[2])) or 0
local most, in_view, amount = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if math.floor(previous * in_view) + current + amount > most then
    return 0
end
redis.call('incrby', KEYS[2], amount)
redis.call('expire', KEYS[2], ARGV[4])
return 1
"""


class SharedCounts(RedisStorage):
    """Windows aligned to the clock, with one key each.

    The library moves one window's key to the next. That requires the permission to rename queues.
    """

    def __init__(self, redis: Redis, clock: Callable[[], float]) -> None:
        # The URL only names the type of server. The connections are those of the pool.
        super().__init__("redis://", connection_pool=redis.connection_pool, key_prefix="limits")
        self._redis = redis
        self._clock = clock
        self._count = redis.register_script(_COUNT)

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        now = self._clock()
        arguments = (limit, _in_view(now, expiry), amount, 2 * expiry)
        return bool(self._count(self._windows(key, now, expiry), arguments))

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        now = self._clock()
        previous, current = self._redis.mget(self._windows(key, now, expiry))
        left = _in_view(now, expiry) * expiry
        return int(previous or 0), left, int(current or 0), left + expiry

    def _windows(self, key: str, now: float, expiry: int) -> tuple[str, str]:
        number = int(now // expiry)
        name = self.prefixed_key(key)
        return f"{name}/{number - 1}", f"{name}/{number}"


def _in_view(now: float, expiry: int) -> float:
    """Return the share of the previous window that a window ending now still covers, 0 to 1."""
    return 1 - now % expiry / expiry
