"""The page of metrics: what the database, Redis and the counters of all processes hold."""

from collections.abc import Iterable

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from api.metrics import families, of_database, of_redis
from models.session import database_now
from server.resources import Resources
from services.operations import overview
from services.operations.overview import Overview

log = structlog.get_logger(__name__)


def exposition(resources: Resources) -> bytes:
    """Return the exposition. An unreachable part is missing, and `downtime_part_up` reports it."""
    counts = _counts(resources)
    counted = _counted(resources, counts.regions if counts else [resources.settings.region])
    parts = {"database": counts is not None, "redis": counted is not None}
    metrics = [families.gauges("part_up", "Whether a part is reachable.", "part", parts)]
    metrics += of_database.metrics(counts) if counts else []
    metrics += counted or []
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(metrics))
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
    except SQLAlchemyError as error:
        log.warning("metrics_incomplete", part="database", error=type(error).__name__)
        return None


def _counted(resources: Resources, regions: Iterable[str]) -> list[Metric] | None:
    try:
        resources.requests.flush(resources.redis)
        return list(of_redis.metrics(resources.redis, regions))
    except RedisError as error:
        log.warning("metrics_incomplete", part="redis", error=type(error).__name__)
        return None
