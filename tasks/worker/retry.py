"""Outlasting a database that is gone for a while."""

import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from models.transient_errors import may_pass

_FIRST_DELAY = 0.05
_LONGEST_DELAY = 2.0


def until_committed(work: Callable[[], None], *, give_up: Callable[[], bool]) -> None:
    """Repeat work that is safe to repeat until the database takes it.

    Raises what cannot pass by waiting (bad data, a bug) at once, and anything once `give_up` says so.
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
