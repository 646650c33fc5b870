"""Publish check messages in bulk: one real Celery message per check, without the cost of one call each."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from operator import attrgetter
from typing import Any

import structlog

from config.settings import load
from services import telemetry
from services.dispatch import DueCheck
from tasks.app import app
from tasks.redis_client import redis_client

CHECK_TASK = "checks.check"
_BATCH = 500

log = structlog.get_logger(__name__)


def check_queue(region: str) -> str:
    return f"q.checks.{region}"


def publish(due: Sequence[DueCheck]) -> None:
    """Send the checks to the queues of their regions.

    A region whose queue is full is passed over: its workers are behind, and more messages would
    only be late. Raises when Redis cannot be reached; the caller's transaction then rolls back.
    """
    by_region = sorted(due, key=attrgetter("region"))
    for region, checks in groupby(by_region, attrgetter("region")):
        queue = check_queue(region)
        if redis_client().llen(queue) >= load().queue_limit:
            log.warning("queue_full", queue=queue)
            telemetry.count_skipped(redis_client(), region)
        else:
            _send(queue, list(checks))


def _send(queue: str, checks: Sequence[DueCheck]) -> None:
    # The stubs do not know of batches yet.
    acquired: AbstractContextManager[Any] = app.producer_pool.acquire(block=True, timeout=5)
    with acquired as producer, producer.batch(max_size=_BATCH):
        for check in checks:
            task_id = f"{check.monitor_id}-{check.slot}-{check.region}"
            producer.publish(
                ([check.monitor_id, check.slot, check.version], {}, _NO_CALLBACKS),
                exchange="",
                routing_key=queue,
                serializer="json",
                headers=_headers(task_id),
                correlation_id=task_id,
                delivery_mode=2,
            )


_NO_CALLBACKS = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def _headers(task_id: str) -> dict[str, Any]:
    """Return the headers of Celery's message protocol 2, less what nobody reads."""
    return {
        "lang": "py",
        "task": CHECK_TASK,
        "id": task_id,
        "root_id": task_id,
        "parent_id": None,
        "group": None,
        "eta": None,
        "expires": None,
        "retries": 0,
        "timelimit": [None, None],
        "argsrepr": "",
        "kwargsrepr": "",
        "origin": "dispatch",
        "ignore_result": True,
    }
