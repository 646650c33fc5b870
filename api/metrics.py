"""Metrics of the whole system, for Prometheus."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from models.session import database_now
from server.resources import Resources
from services.operations import overview, queues, telemetry
from services.operations.overview import Overview
from services.operations.telemetry import LATENESS_BUCKETS, Telemetry

Label = TypeVar("Label", bound=str)


def exposition(resources: Resources) -> bytes:
    """Return the exposition. An unreachable part is missing, and `downtime_part_up` reports it."""
    registry = CollectorRegistry(auto_describe=False)
    counts = _counts(resources)
    regions = counts.regions if counts else [resources.settings.region]
    registry.register(_Collected([*_of_database(counts), *_of_redis(resources, regions)]))
    return generate_latest(registry)


class _Collected(Collector):
    """Metrics that are already collected."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _counts(resources: Resources) -> Overview | None:
    try:
        with resources.transaction() as session:
            return overview.overview(session, now=database_now(session))
    except SQLAlchemyError:
        return None


def _of_database(counts: Overview | None) -> Iterator[Metric]:
    yield _part_up("database", up=counts is not None)
    if counts is not None:
        yield from _overview(counts)


def _overview(counts: Overview) -> Iterator[Metric]:
    yield _gauges("monitors", "Monitors by state.", "state", counts.monitors)
    waited_for = "Deliveries that are pending or dead, by state."
    yield _gauges("deliveries", waited_for, "state", counts.deliveries)
    lags = {
        "published": counts.lags.published,
        "verified": counts.lags.verified,
        "closed": counts.lags.closed,
    }
    yield _gauges("watermark_age_seconds", "Lag of the slowest shard.", "watermark", lags)
    unknown = GaugeMetricFamily(
        "downtime_unknown_slots", "Checks of the last hour whose outcome is unknown."
    )
    unknown.add_metric([], counts.unknown_slots)
    yield unknown
    stalled = CounterMetricFamily(
        "downtime_dispatch_stalled_seconds", "Seconds in which no checks were dispatched."
    )
    stalled.add_metric([], counts.stalls.seconds)
    yield stalled
    missed = CounterMetricFamily(
        "downtime_dispatch_missed_checks", "Checks that were missed because none were dispatched."
    )
    missed.add_metric([], counts.stalls.missed)
    yield missed
    stray = GaugeMetricFamily("downtime_stray_rows", "Rows outside of the day partitions.")
    stray.add_metric([], counts.stray_rows)
    yield stray
    rolled_up = GaugeMetricFamily(
        "downtime_rollup_age_seconds", "Seconds since the end of the last hour rolled up."
    )
    rolled_up.add_metric([], counts.rollup_age)
    yield rolled_up


def _of_redis(resources: Resources, regions: Iterable[str]) -> Iterator[Metric]:
    try:
        counted = telemetry.read(resources.redis)
        depths = queues.depths(resources.redis, regions)
    except RedisError:
        yield _part_up("redis", up=False)
        return
    yield _part_up("redis", up=True)
    yield _gauges("queue_depth", "Messages that wait in a queue.", "queue", depths)
    yield from _telemetry(counted)


def _telemetry(counted: Telemetry) -> Iterator[Metric]:
    checks = CounterMetricFamily("downtime_checks", "Checks by outcome.", labels=["outcome"])
    for outcome, count in counted.checks.items():
        checks.add_metric([outcome], count)
    yield checks
    skipped = CounterMetricFamily(
        "downtime_skipped_rounds", "Publishing rounds skipped for a full queue.", labels=["region"]
    )
    for region, count in counted.skipped.items():
        skipped.add_metric([region], count)
    yield skipped
    refused = CounterMetricFamily(
        "downtime_refused_messages", "Messages that were refused, by reason.", labels=["reason"]
    )
    for reason, count in counted.refused.items():
        refused.add_metric([reason], count)
    yield refused
    bounds = [*LATENESS_BUCKETS, float("inf")]
    cumulated = accumulate(counted.lateness.get(bound, 0) for bound in bounds)
    lateness = HistogramMetricFamily("downtime_lateness_seconds", "How late checks start.")
    lateness.add_metric(
        [],
        [
            ("+Inf" if bound == float("inf") else str(bound), count)
            for bound, count in zip(bounds, cumulated, strict=True)
        ],
        counted.lateness_sum,
    )
    yield lateness


def _gauges(name: str, text: str, label: str, values: Mapping[Label, float]) -> Metric:
    family = GaugeMetricFamily(f"downtime_{name}", text, labels=[label])
    for value_of_label, value in values.items():
        family.add_metric([value_of_label], value)
    return family


def _part_up(part: str, *, up: bool) -> Metric:
    return _gauges("part_up", "Whether a part is reachable.", "part", {part: float(up)})
