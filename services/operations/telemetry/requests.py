"""Counts HTTP requests in the memory of a process, and adds them to Redis now and then.

A request costs a few additions under a lock. The number of series is bounded: routes are those of
the program, methods and classes of statuses are few, and a series begins with its first request.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from threading import Lock

from redis import Redis
from redis.exceptions import RedisError

from services.operations.telemetry import histograms, series
from services.operations.telemetry.histograms import Histogram
from services.operations.telemetry.series import Labels

DURATION_BUCKETS = (0.025, 0.1, 0.5, 2.5)
"""Upper bounds in seconds of the histogram of how long answers take."""

UNMATCHED = "unmatched"
"""The route of requests for which there is none: their paths are chosen by others."""

_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_OTHER_METHOD = "other"
_REQUESTS = "telemetry:requests"
_DURATIONS = "telemetry:request_durations"


@dataclass(slots=True)
class _Counted:
    """Counts by the fields of their hashes."""

    requests: Counter[str] = field(default_factory=Counter)
    buckets: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, other: "_Counted") -> None:
        self.requests.update(other.requests)
        self.buckets.update(other.buckets)
        for name, seconds in other.seconds.items():
            self.seconds[name] += seconds

    def add_to(self, redis: Redis) -> None:
        # In one transaction, so that a failed one may be repeated as a whole.
        with redis.pipeline(transaction=True) as pipe:
            for name, count in self.requests.items():
                pipe.hincrby(_REQUESTS, name, count)
            for name, count in self.buckets.items():
                pipe.hincrby(_DURATIONS, name, count)
            for name, seconds in self.seconds.items():
                pipe.hincrbyfloat(_DURATIONS, name, seconds)
            pipe.execute()


class RequestCounts:
    """The requests of this process that are not in Redis yet. Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counted = _Counted()

    def add(self, route: str | None, method: str, status: int, seconds: float) -> None:
        """Count a request: the pattern of its route, its status and the seconds to its answer."""
        path = route or UNMATCHED
        verb = method if method in _METHODS else _OTHER_METHOD
        bound = histograms.bucket(seconds, DURATION_BUCKETS)
        with self._lock:
            self._counted.requests[series.field(path, verb, f"{status // 100}xx")] += 1
            self._counted.buckets[series.field(path, verb, str(bound))] += 1
            self._counted.seconds[series.field(path, verb, histograms.SUM)] += seconds

    def flush(self, redis: Redis) -> None:
        """Add the counts to Redis; keep them if that fails, and raise `RedisError`."""
        with self._lock:
            taken, self._counted = self._counted, _Counted()
        if not taken.requests:
            return
        try:
            taken.add_to(redis)
        except RedisError:
            with self._lock:
                self._counted.add(taken)
            raise


@dataclass(frozen=True, slots=True)
class Requests:
    counts: dict[Labels, float]
    """Requests by route, method and class of status."""
    durations: dict[Labels, Histogram]
    """How long answers took, by route and method."""


def read(redis: Redis) -> Requests:
    """Return the counts of all processes since Redis was last empty."""
    return Requests(
        counts=series.read(redis, _REQUESTS),
        durations=histograms.by_labels(series.read(redis, _DURATIONS)),
    )
