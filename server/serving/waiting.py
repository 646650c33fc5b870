"""The connections that wait for their clients, and the choice of which to close for others."""

from collections.abc import Callable, Mapping
from operator import itemgetter

from server.serving.connection import Connection
from server.serving.limits import MUCH, Wait

_BEGUN = (Wait.HEAD, Wait.BODY, Wait.ANSWER)


class Waiting:
    """The waiting connections. Times are monotonic and never decrease between calls."""

    def __init__(self, seconds: Mapping[Wait, float]) -> None:
        self._seconds = dict(seconds)
        # Ordered by the start of the wait, which is also the order of the deadlines.
        self._since: dict[Wait, dict[Connection, float]] = {wait: {} for wait in Wait}
        # The connections of each network, including those that are served.
        self._networks: dict[str, int] = {}

    def enter(self, connection: Connection, now: float) -> None:
        """Add a new connection, which waits for the head of a request."""
        self._networks[connection.network] = self._networks.get(connection.network, 0) + 1
        self.add(connection, Wait.HEAD, now)

    def leave(self, connection: Connection) -> None:
        self.discard(connection)
        self._networks[connection.network] -= 1
        if not self._networks[connection.network]:
            del self._networks[connection.network]

    def add(self, connection: Connection, wait: Wait, now: float) -> None:
        """Record that the connection waits for this from now on."""
        self.discard(connection)
        connection.wait = wait
        self._since[wait][connection] = now

    def discard(self, connection: Connection) -> None:
        """Record that the connection is served now."""
        if connection.wait is not None:
            del self._since[connection.wait][connection]
            connection.wait = None

    def overdue(self, now: float) -> list[Connection]:
        """Return the connections that have waited too long."""
        found = []
        for wait, waiting in self._since.items():
            for connection, since in waiting.items():
                if now < since + self._seconds[wait]:
                    break
                found.append(connection)
        return found

    def hasten(self, wait: Wait, seconds: float, now: float) -> None:
        """Limit the remaining time of these waits to the given seconds."""
        self._seconds[wait] = min(seconds, self._seconds[wait])
        self._since[wait] = dict.fromkeys(self._since[wait], now)

    def first_to_go(self) -> Connection | None:
        """Return the connection to close: the oldest one of the network with the most connections.

        Idle connections are closed first, then closing ones, then those with a request. A served
        connection is never closed. Behind a proxy all connections are of one network.
        """
        most = max(self._networks.values(), default=0)
        at_address_limit = {network for network, count in self._networks.items() if count == most}
        for waits in ((Wait.IDLE,), (Wait.CLOSING,), _BEGUN):
            oldest = self._oldest(waits, lambda each: each.network in at_address_limit)
            if oldest:
                return oldest[0]
        return None

    def first_to_be_forgotten(self) -> Connection | None:
        """Return the oldest of several connections with much kept data.

        Return None if there is only one, which may be of any size.
        """
        heavy = self._oldest(_BEGUN, lambda each: each.held > MUCH)
        return heavy[0] if len(heavy) > 1 else None

    def _oldest(
        self, waits: tuple[Wait, ...], fits: Callable[[Connection], bool]
    ) -> list[Connection]:
        """Return the matching connections, the one with the oldest progress first."""
        found = [item for wait in waits for item in self._since[wait].items() if fits(item[0])]
        return [connection for connection, _ in sorted(found, key=itemgetter(1))]
