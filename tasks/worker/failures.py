"""Logs an unreachable server once, where that is noticed, and not again for each failed task."""

import logging
from typing import Any

from celery.signals import celeryd_after_setup

from models import transient_errors
from tasks.worker import redis_client


def is_unreachable(error: BaseException) -> bool:
    """Return whether Postgres or Redis is unreachable, whichever client was used."""
    return redis_client.is_unreachable(error) or transient_errors.is_unreachable(error)


def shorten(record: logging.LogRecord) -> bool:
    """Filter the log records of Celery about failed tasks.

    Errors of the database are already logged (models/session.py). An unreachable Redis needs one
    line.
    """
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return True
    if redis_client.is_unreachable(error):
        record.exc_info = None
    return not transient_errors.may_pass(error)


@celeryd_after_setup.connect
def _shorten_log(**_: Any) -> None:
    logging.getLogger("celery.app.trace").addFilter(shorten)
