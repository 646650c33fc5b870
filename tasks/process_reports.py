"""Reports each worker and beat, for the metrics of the whole system: a thread in each process."""

import threading
from functools import cache
from typing import Any

import structlog
from celery.signals import beat_init, celeryd_after_setup, worker_shutdown
from redis.exceptions import RedisError

from security.messages.components import COMPONENTS
from services.operations.telemetry import processes
from services.operations.telemetry.processes import EVERY_SECONDS, Reporter
from tasks.worker.redis_client import redis_client

log = structlog.get_logger(__name__)


def role_of(queues: Any) -> str:
    """Return the role of a worker by the queues that it reads: the name of its component."""
    for name, component in COMPONENTS.items():
        beginning = component.reads.partition("{")[0]
        if beginning and any(queue.startswith(beginning) for queue in queues):
            return name
    return "other"


@celeryd_after_setup.connect
def _begin_worker(instance: Any, **_: Any) -> None:
    _begin(role_of(instance.app.amqp.queues.consume_from))


@beat_init.connect
def _begin_beat(**_: Any) -> None:
    _begin("beat")


def _begin(role: str) -> None:
    reporter = Reporter(role=role)
    threading.Thread(
        target=_report_forever, args=(reporter,), name="process-reports", daemon=True
    ).start()


def _report_forever(reporter: Reporter) -> None:
    while True:
        redis = redis_client()
        try:
            reporter.report(redis, now=processes.clock(redis))
        except RedisError as error:
            log.warning("process_not_reported", error=type(error).__name__)
        if _stopping().wait(EVERY_SECONDS):
            return


@cache
def _stopping() -> threading.Event:
    return threading.Event()


@worker_shutdown.connect
def _stop(**_: Any) -> None:
    _stopping().set()
