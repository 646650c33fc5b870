"""The database's clock, as this process can know it without asking each time."""

from collections.abc import Callable

from sqlalchemy import text

from models.session import session_scope
from probes.boottime import boottime

_REFRESH_SECONDS = 10.0
_PRECISION_SECONDS = 0.5


class DatabaseClock:
    """Adds the time that passed since the last look to what the database said then.

    A worker whose own clock is wrong would otherwise throw away every check as too late. Time in which
    the machine is suspended passes too; only a paused virtual machine notices nothing, until it
    looks again. It is never
    ahead, and behind by no more than the answer was on its way: a message that is written for now is
    due when a relay looks for it, a moment later.
    """

    def __init__(self, read: Callable[[], float] | None = None) -> None:
        self._read = read or _ask_database
        self._offset = 0.0
        self._asked_at = float("-inf")

    def refresh(self) -> None:
        """Look again if the last look is old; raises what the database raises."""
        if boottime() - self._asked_at < _REFRESH_SECONDS:
            return
        while True:
            before = boottime()
            answer = self._read()
            after = boottime()
            # An answer that took long, or a process stopped in between, says little about now.
            if after - before < _PRECISION_SECONDS:
                break
        self._offset = answer - after
        self._asked_at = after

    def now(self) -> float:
        """Return unix seconds by the database's clock; only after a `refresh`."""
        return boottime() + self._offset

    def at(self, moment: float) -> float:
        """Return when a moment of `boottime` was by the database's clock, in unix seconds."""
        return moment + self._offset

    def boottime_of(self, seconds: float) -> float:
        """Return the `boottime` of a moment of the database's clock, in unix seconds."""
        return seconds - self._offset


def _ask_database() -> float:
    with session_scope() as session:
        return float(session.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
