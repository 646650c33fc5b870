"""Retries work while the database is unreachable."""

import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from models.transient_errors import may_pass

_FIRST_DELAY = 0.05
_LONGEST_DELAY = 2.0


def until_committed(work: Callable[[], None], *, give_up: Callable[[], bool]) -> None:
    """Repeat work that is safe to repeat until the database commits it.

    Raise a permanent error (bad data, a bug) at once, and any error once `give_up` returns True.
    """
    delay = _FIRST_DELAY
    while True:
        try:
            return work()
        except SQLAlchemyError as error:
            if give_up() or not may_pass(error):
                raise
        time.sleep(delay)
        delay = min(2 * delay, _LONGEST_DELAY)
