"""What Celery's log keeps of tasks that failed while a server was away."""

import logging
import sys

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy.exc import OperationalError

from tasks.worker.failures import shorten


def record_of(error: Exception) -> logging.LogRecord:
    try:
        raise error
    except type(error):
        way = sys.exc_info()
    return logging.LogRecord("celery.app.trace", logging.ERROR, "", 0, "Task failed", (), way)


def test_of_a_bug_the_whole_way_is_kept() -> None:
    record = record_of(LookupError())
    assert shorten(record)
    assert record.exc_info


def test_that_redis_is_away_is_a_line() -> None:
    record = record_of(RedisConnectionError())
    assert shorten(record)
    assert record.exc_info is None


def test_what_the_database_was_in_the_way_of_is_in_the_log_already() -> None:
    assert not shorten(record_of(OperationalError("SELECT 1", None, Exception("gone"))))


@pytest.mark.parametrize("level", [logging.INFO, logging.ERROR])
def test_lines_without_an_error_stay(level: int) -> None:
    assert shorten(logging.LogRecord("celery.app.trace", level, "", 0, "Task done", (), None))
