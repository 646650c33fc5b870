"""Reports this process and the requests that it answered, for the metrics of the whole system."""

import time
from threading import Thread

import structlog
from flask import Flask
from redis.exceptions import RedisError

from server.resources import Resources, resources_of
from services.operations.telemetry import processes
from services.operations.telemetry.processes import EVERY_SECONDS, Reporter

_ROLE = "api"

log = structlog.get_logger(__name__)


def report(resources: Resources, reporter: Reporter) -> None:
    """Report once. What Redis does not take is reported the next time."""
    redis = resources.redis
    try:
        now = processes.clock(redis)
        reporter.report(redis, now=now)
        processes.forget_ended(redis, now=now)
        resources.requests.flush(redis)
    except RedisError as error:
        log.warning("process_not_reported", error=type(error).__name__)


def start(app: Flask) -> None:
    """Report every few seconds, in a thread that ends with the process."""
    arguments = (resources_of(app), Reporter(role=_ROLE))
    Thread(target=_report_forever, args=arguments, name="reporting", daemon=True).start()


def _report_forever(resources: Resources, reporter: Reporter) -> None:
    while True:
        report(resources, reporter)
        time.sleep(EVERY_SECONDS)
