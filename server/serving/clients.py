"""All connections of a process: which ones the poller watches, and how much memory they use."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector

import structlog

from server.serving.connection import Connection
from server.serving.limits import Wait
from server.serving.waiting import Waiting

_SECONDS_BETWEEN_LINES = 10.0

log = structlog.get_logger(__name__)


class Clients:
    """The connections of a process. Only the main thread uses it."""

    def __init__(
        self,
        poller: BaseSelector,
        ready: Callable[[Connection], None],
        *,
        seconds: Mapping[Wait, float],
        places: int,
        most_held: int,
    ) -> None:
        self._poller = poller
        self._ready = ready
        self._waiting = Waiting(seconds)
        self._places = places
        self._most_held = most_held
        self._held = 0
        self._shed = 0
        self._next_line = 0.0
        self.count = 0

    def enter(self, connection: Connection) -> None:
        self.count += 1
        self._waiting.enter(connection, time.monotonic())

    def leave(self, connection: Connection) -> None:
        """Close a connection."""
        self._ignore(connection)
        self._waiting.leave(connection)
        connection.sock.close()
        self.count -= 1
        self._held -= connection.held

    def wait(self, connection: Connection, what: Wait) -> None:
        """Watch for the client's next action.

        The time restarts if another action was awaited before.
        """
        if connection.wait is not what:
            self._waiting.add(connection, what, time.monotonic())
        events = EVENT_WRITE if what is Wait.ANSWER else EVENT_READ
        if connection.events != events:
            self._ignore(connection)
            self._poller.register(connection.sock, events, partial(self._notify, connection))
            connection.events = events

    def wait_again(self, connection: Connection) -> None:
        """Restart the time, because the client has made progress."""
        if connection.wait is not None:
            self._waiting.add(connection, connection.wait, time.monotonic())

    def serve(self, connection: Connection) -> None:
        """Stop watching, because a thread serves the connection."""
        self._ignore(connection)
        self._waiting.discard(connection)

    def weigh(self, connection: Connection) -> None:
        """Update the memory that is counted for the connection."""
        self._held += connection.size - connection.held
        connection.held = connection.size

    def overdue(self) -> list[Connection]:
        return self._waiting.overdue(time.monotonic())

    def hasten(self, seconds: float) -> None:
        """Limit the remaining time of connections without a complete head to these seconds."""
        for wait in (Wait.IDLE, Wait.HEAD):
            self._waiting.hasten(wait, seconds, time.monotonic())

    def one_too_many(self) -> Connection | None:
        """Return a connection to close if a limit is exceeded and one can be closed, or None."""
        chosen = self.first_to_go() if self.count >= self._places else None
        if chosen is None and self._held > self._most_held:
            chosen = self._waiting.first_to_be_forgotten()
        return chosen

    def first_to_go(self) -> Connection | None:
        return self._waiting.first_to_go()

    def note_shed(self) -> None:
        """Count a closed connection, and log the count at intervals."""
        self._shed += 1
        now = time.monotonic()
        if now >= self._next_line:
            log.warning("connections_shed", count=self._shed)
            self._shed, self._next_line = 0, now + _SECONDS_BETWEEN_LINES

    def _notify(self, connection: Connection, _sock: object) -> None:
        # A connection that was closed in the same turn waits for nothing.
        if connection.wait is not None:
            self._ready(connection)

    def _ignore(self, connection: Connection) -> None:
        if connection.events:
            self._poller.unregister(connection.sock)
            connection.events = 0
