"""Counters of the workers, kept in Redis so that any process can serve them to Prometheus.

They are not essential: if Redis loses them they restart at zero, as Prometheus expects of a counter
whose process restarted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redis import Redis

from domain.evaluation.outcome import Outcome

LATENESS_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0)
"""Upper bounds in seconds of the histogram of how late checks start."""

_CHECKS = "telemetry:checks"
_LATENESS = "telemetry:lateness"
_SUM = "sum"
_STALE = "stale"
_SKIPPED = "telemetry:skipped"
_REFUSED = "telemetry:refused"


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The counts of the workers since Redis was last empty."""

    checks: dict[str, int]
    """Results by outcome, and `stale` for messages that came too late to be checked."""
    lateness: dict[float, int]
    """Checks by the upper bound of their lateness in seconds, not cumulative; `inf` for others."""
    lateness_sum: float
    skipped: dict[str, int]
    """Publishing rounds that a full queue cut short, by region."""
    refused: dict[str, int]
    """Refused messages, by reason."""

    def lateness_bound(self, share: float) -> float | None:
        """Return the bound in seconds that this share of the checks did not exceed.

        It is the upper bound of a bucket, `inf` beyond the last one, and None without a check.
        """
        total, seen = sum(self.lateness.values()), 0
        for bound in (*LATENESS_BUCKETS, float("inf")):
            seen += self.lateness.get(bound, 0)
            if total and seen >= share * total:
                return bound
        return None


def count_checks(
    redis: Redis, outcomes: Iterable[Outcome], lateness: Iterable[float], *, stale: int
) -> None:
    """Add a batch of results, and how late each check started, in seconds."""
    late = list(lateness)
    buckets = Counter(_bucket(seconds) for seconds in late)
    with redis.pipeline(transaction=False) as pipe:
        for outcome, count in Counter(outcomes).items():
            pipe.hincrby(_CHECKS, outcome.value, count)
        if stale:
            pipe.hincrby(_CHECKS, _STALE, stale)
        for bound, count in buckets.items():
            pipe.hincrby(_LATENESS, str(bound), count)
        pipe.hincrbyfloat(_LATENESS, _SUM, sum(late))
        pipe.execute()


def count_skipped(redis: Redis, region: str) -> None:
    redis.hincrby(_SKIPPED, region, 1)


def count_refused(redis: Redis, reasons: Mapping[str, int]) -> None:
    with redis.pipeline(transaction=False) as pipe:
        for reason, count in reasons.items():
            pipe.hincrby(_REFUSED, reason, count)
        pipe.execute()


def read(redis: Redis) -> Telemetry:
    """Return all counts since Redis was last empty; lateness is in seconds."""
    with redis.pipeline(transaction=False) as pipe:
        for key in (_CHECKS, _LATENESS, _SKIPPED, _REFUSED):
            pipe.hgetall(key)
        checks, lateness, skipped, refused = (
            {name.decode(): value for name, value in table.items()} for table in pipe.execute()
        )
    return Telemetry(
        checks={name: int(value) for name, value in checks.items()},
        lateness_sum=float(lateness.pop(_SUM, 0)),
        lateness={float(name): int(value) for name, value in lateness.items()},
        skipped={name: int(value) for name, value in skipped.items()},
        refused={name: int(value) for name, value in refused.items()},
    )


def _bucket(seconds: float) -> float:
    return next((bound for bound in LATENESS_BUCKETS if seconds <= bound), float("inf"))
