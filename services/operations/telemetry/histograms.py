"""Histograms of seconds: a count for each bucket, and the sum of what was observed."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from services.operations.telemetry.series import Labels

SUM = "sum"
INFINITE = float("inf")


@dataclass(slots=True)
class Histogram:
    """Observations by the upper bound of their bucket in seconds, not cumulative."""

    buckets: dict[float, int] = field(default_factory=dict)
    sum: float = 0.0

    def cumulative(self, bounds: Sequence[float]) -> list[tuple[float, int]]:
        """Return each bound, and infinity, with the number of observations up to it."""
        every = (*bounds, INFINITE)
        return list(
            zip(every, accumulate(self.buckets.get(each, 0) for each in every), strict=True)
        )

    def bound(self, share: float) -> float | None:
        """Return the upper bound of the bucket that this share of the observations does not exceed.

        It is `inf` beyond the last bucket, and None without an observation.
        """
        total, seen = sum(self.buckets.values()), 0
        for bound in sorted(self.buckets):
            seen += self.buckets[bound]
            if seen >= share * total:
                return bound
        return None


def bucket(seconds: float, bounds: Sequence[float]) -> float:
    """Return the upper bound of the bucket of an observation; `bounds` ascend."""
    position = bisect_left(bounds, seconds)
    return bounds[position] if position < len(bounds) else INFINITE


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """Add histograms of the same bounds."""
    total = Histogram()
    for each in histograms:
        total.sum += each.sum
        for bound, count in each.buckets.items():
            total.buckets[bound] = total.buckets.get(bound, 0) + count
    return total


def by_labels(values: Mapping[Labels, float]) -> dict[Labels, Histogram]:
    """Return the histograms of a hash, whose last label is a bound or `sum`."""
    found: dict[Labels, Histogram] = {}
    for (*labels, last), value in values.items():
        histogram = found.setdefault(tuple(labels), Histogram())
        if last == SUM:
            histogram.sum = value
        else:
            histogram.buckets[float(last)] = int(value)
    return found
