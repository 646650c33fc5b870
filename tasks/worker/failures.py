"""What a task fails with while a server is away: said once, where that is noticed, not by each task again."""

import logging
from typing import Any

from celery.signals import celeryd_after_setup

from models import transient_errors
from tasks.worker import redis_client


def is_unreachable(error: BaseException) -> bool:
    """Tell whether it is Postgres or Redis that does not answer, whatever was asked of it."""
    return redis_client.is_unreachable(error) or transient_errors.is_unreachable(error)


def shorten(record: logging.LogRecord) -> bool:
    """Serve as a filter for what Celery logs of tasks that failed.

    What the database is in the way of is in the log already (models/session.py). Of a Redis that is
    away a line says all there is to say.
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
