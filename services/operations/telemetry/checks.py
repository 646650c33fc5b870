"""Counts checks by region and outcome, and how late they start."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from redis import Redis

from domain.evaluation.outcome import Outcome
from services.operations.telemetry import histograms, series
from services.operations.telemetry.histograms import Histogram

LATENESS_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0)
"""Upper bounds in seconds of the histogram of how late checks start."""

_CHECKS = "telemetry:checks"
_LATENESS = "telemetry:lateness"
_STALE = "stale"


@dataclass(frozen=True, slots=True)
class CheckCounts:
    checks: dict[tuple[str, str], int]
    """Results by region and outcome; the outcome is `stale` for messages that came too late."""
    lateness: dict[str, Histogram]
    """How late checks started, by region."""

    def by_outcome(self) -> dict[str, int]:
        """Return the results of all regions by outcome."""
        total: Counter[str] = Counter()
        for (_, outcome), count in self.checks.items():
            total[outcome] += count
        return dict(total)

    def lateness_bound(self, share: float) -> float | None:
        """Return the bound in seconds that this share of the checks of all regions did not exceed.

        It is the upper bound of a bucket, `inf` beyond the last one, and None without a check.
        """
        return histograms.merged(self.lateness.values()).bound(share)


def count(
    redis: Redis, region: str, outcomes: Iterable[Outcome], lateness: Iterable[float], *, stale: int
) -> None:
    """Add a batch of results, and how late each check started, in seconds."""
    late = list(lateness)
    buckets = Counter(histograms.bucket(seconds, LATENESS_BUCKETS) for seconds in late)
    with redis.pipeline(transaction=False) as pipe:
        for outcome, number in Counter(outcomes).items():
            pipe.hincrby(_CHECKS, series.field(region, outcome.value), number)
        if stale:
            pipe.hincrby(_CHECKS, series.field(region, _STALE), stale)
        for bound, number in buckets.items():
            pipe.hincrby(_LATENESS, series.field(region, str(bound)), number)
        if late:
            pipe.hincrbyfloat(_LATENESS, series.field(region, histograms.SUM), sum(late))
        pipe.execute()


def read(redis: Redis) -> CheckCounts:
    """Return the counts since Redis was last empty."""
    checks = series.read(redis, _CHECKS)
    lateness = histograms.by_labels(series.read(redis, _LATENESS))
    return CheckCounts(
        checks={(region, outcome): int(value) for (region, outcome), value in checks.items()},
        lateness={region: histogram for (region,), histogram in lateness.items()},
    )
