"""The database's clock, estimated in this process without a query each time."""

from collections.abc import Callable

from sqlalchemy import text

from models.session import session_scope
from probes.boottime import boottime

_REFRESH_SECONDS = 10.0
_PRECISION_SECONDS = 0.5


class DatabaseClock:
    """Adds the time since the last query to the database's answer.

    A worker with a wrong clock of its own would otherwise drop every check as too late. Time in
    which the machine is suspended counts too. Only a paused virtual machine loses time, until the
    next query. The estimate is never ahead, and behind by at most the travel time of the answer. So
    a message that is due now is due for a relay a moment later.
    """

    def __init__(self, read: Callable[[], float] | None = None) -> None:
        self._read = read or _ask_database
        self._offset = 0.0
        self._asked_at = float("-inf")
        self.delay = 0.0
        """The seconds by which the estimate may be behind: how long the last query took."""

    def refresh(self) -> None:
        """Query the clock if the last answer is old. Raise what the database raises."""
        if boottime() - self._asked_at < _REFRESH_SECONDS:
            return
        while True:
            before = boottime()
            answer = self._read()
            after = boottime()
            # A slow answer, or one received by a suspended process, is too imprecise.
            if after - before < _PRECISION_SECONDS:
                break
        self._offset = answer - after
        self._asked_at = after
        self.delay = after - before

    def now(self) -> float:
        """Return unix seconds by the database's clock; only after a `refresh`."""
        return boottime() + self._offset

    def at(self, moment: float) -> float:
        """Return the time of the database's clock, in unix seconds, at a moment of `boottime`."""
        return moment + self._offset

    def boottime_of(self, seconds: float) -> float:
        """Return the `boottime` of a moment of the database's clock, in unix seconds."""
        return seconds - self._offset


def _ask_database() -> float:
    with session_scope() as session:
        return float(session.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
