"""Outlasting a database that is gone for a while."""

import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_FIRST_DELAY = 0.05
_LONGEST_DELAY = 2.0

log = structlog.get_logger(__name__)


def insist(work: Callable[[], None], *, give_up: Callable[[], bool]) -> None:
    """Repeat work that is safe to repeat until the database takes it.

    Raises what cannot pass by waiting (bad data, a bug) at once, and anything once `give_up` says so.
    """
    delay = _FIRST_DELAY
    while True:
        try:
            return work()
        except SQLAlchemyError as error:
            if give_up() or not _may_pass(error):
                raise
            log.warning("database_in_the_way", error=type(error).__name__)
        time.sleep(delay)
        delay = min(2 * delay, _LONGEST_DELAY)


def _may_pass(error: SQLAlchemyError) -> bool:
    """Whether waiting may help: no connection, a restart, a deadlock, a timeout."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return isinstance(error, PoolTimeoutError)
