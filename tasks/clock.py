"""The database's clock, as this process can know it without asking each time."""

import time
from collections.abc import Callable

from sqlalchemy import text

from models.session import session_scope

_REFRESH_SECONDS = 30.0
_PRECISION_SECONDS = 0.5


class DatabaseClock:
    """Adds the time that passed since the last look to what the database said then.

    A worker whose own clock is wrong would otherwise throw away every check as too late. It is never
    ahead, and behind by no more than the answer was on its way: a message that is written for now is
    due when a relay looks for it, a moment later.
    """

    def __init__(self, read: Callable[[], float] | None = None) -> None:
        self._read = read or _ask_database
        self._offset = 0.0
        self._asked_at = float("-inf")

    def refresh(self) -> None:
        """Look again if the last look is old; raises what the database raises."""
        if time.monotonic() - self._asked_at < _REFRESH_SECONDS:
            return
        while True:
            before = time.monotonic()
            answer = self._read()
            after = time.monotonic()
            # An answer that took long, or a process stopped in between, says little about now.
            if after - before < _PRECISION_SECONDS:
                break
        self._offset = answer - after
        self._asked_at = after

    def now(self) -> float:
        """Return unix seconds by the database's clock; only after a `refresh`."""
        return time.monotonic() + self._offset


def _ask_database() -> float:
    with session_scope() as session:
        return float(session.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
