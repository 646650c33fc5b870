"""Families of metrics, each with its prefix, from values by their labels."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from services.operations.telemetry.histograms import INFINITE, Histogram

_PREFIX = "downtime_"

Label = TypeVar("Label", bound=str)
Labels = TypeVar("Labels", bound=tuple[str, ...])


def gauge(name: str, text: str, value: float) -> Metric:
    family = GaugeMetricFamily(_PREFIX + name, text)
    family.add_metric([], value)
    return family


def gauges(name: str, text: str, label: str, values: Mapping[Label, float]) -> Metric:
    family = GaugeMetricFamily(_PREFIX + name, text, labels=[label])
    for value_of_label, value in values.items():
        family.add_metric([value_of_label], float(value))
    return family


def counter(name: str, text: str, value: float) -> Metric:
    """Return a counter. The exposition adds `_total` to its name."""
    family = CounterMetricFamily(_PREFIX + name, text)
    family.add_metric([], value)
    return family


def counters(name: str, text: str, labels: Sequence[str], values: Mapping[Labels, float]) -> Metric:
    """Return counters by the values of their labels. The exposition adds `_total` to the name."""
    family = CounterMetricFamily(_PREFIX + name, text, labels=labels)
    for values_of_labels, value in values.items():
        family.add_metric(values_of_labels, value)
    return family


def histograms(
    name: str,
    text: str,
    labels: Sequence[str],
    values: Mapping[Labels, Histogram],
    bounds: Sequence[float],
) -> Metric:
    """Return histograms by the values of their labels; `bounds` are those of their buckets."""
    family = HistogramMetricFamily(_PREFIX + name, text, labels=labels)
    for values_of_labels, histogram in values.items():
        buckets = [
            ("+Inf" if bound == INFINITE else str(bound), float(count))
            for bound, count in histogram.cumulative(bounds)
        ]
        family.add_metric(values_of_labels, buckets, histogram.sum)
    return family
