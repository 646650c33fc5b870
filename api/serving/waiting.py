"""Which connections wait for their clients, since when, and which of them goes when others need its room."""

from collections.abc import Callable, Mapping
from operator import itemgetter

from api.serving.connection import Connection
from api.serving.limits import MUCH, Wait

_BEGUN = (Wait.HEAD, Wait.BODY, Wait.ANSWER)


class Waiting:
    """Moments are those of the monotonic clock, and never go back from call to call."""

    def __init__(self, seconds: Mapping[Wait, float]) -> None:
        self._seconds = dict(seconds)
        # Each in the order in which they began to wait, which is that of their deadlines.
        self._since: dict[Wait, dict[Connection, float]] = {wait: {} for wait in Wait}
        # Of all connections, the ones that are served included.
        self._networks: dict[str, int] = {}

    def enter(self, connection: Connection, now: float) -> None:
        """Take a new connection, which waits for the head of a request."""
        self._networks[connection.network] = self._networks.get(connection.network, 0) + 1
        self.add(connection, Wait.HEAD, now)

    def leave(self, connection: Connection) -> None:
        self.discard(connection)
        self._networks[connection.network] -= 1
        if not self._networks[connection.network]:
            del self._networks[connection.network]

    def add(self, connection: Connection, wait: Wait, now: float) -> None:
        """Note that it waits from now on, whatever it waited for until now."""
        self.discard(connection)
        connection.wait = wait
        self._since[wait][connection] = now

    def discard(self, connection: Connection) -> None:
        """Note that it is served now."""
        if connection.wait is not None:
            del self._since[connection.wait][connection]
            connection.wait = None

    def overdue(self, now: float) -> list[Connection]:
        """Return those that have waited too long."""
        found = []
        for wait, waiting in self._since.items():
            for connection, since in waiting.items():
                if now < since + self._seconds[wait]:
                    break
                found.append(connection)
        return found

    def hasten(self, wait: Wait, seconds: float, now: float) -> None:
        """Give those that wait for this no more than these seconds from now on."""
        self._seconds[wait] = min(seconds, self._seconds[wait])
        self._since[wait] = dict.fromkeys(self._since[wait], now)

    def first_to_go(self) -> Connection | None:
        """Choose whose place another one gets: the oldest of the network that has most connections.

        One that has begun no request goes before one that has, and none while it is served. Behind a
        proxy all are of one network.
        """
        most = max(self._networks.values(), default=0)
        at_address_limit = {network for network, count in self._networks.items() if count == most}
        for waits in ((Wait.IDLE,), (Wait.CLOSING,), _BEGUN):
            oldest = self._oldest(waits, lambda each: each.network in at_address_limit)
            if oldest:
                return oldest[0]
        return None

    def first_to_be_forgotten(self) -> Connection | None:
        """Choose the oldest of those of which much is kept; a single one may be as large as it is."""
        heavy = self._oldest(_BEGUN, lambda each: each.held > MUCH)
        return heavy[0] if len(heavy) > 1 else None

    def _oldest(
        self, waits: tuple[Wait, ...], fits: Callable[[Connection], bool]
    ) -> list[Connection]:
        """Return those that fit, the one that has not got on for longest first."""
        found = [item for wait in waits for item in self._since[wait].items() if fits(item[0])]
        return [connection for connection, _ in sorted(found, key=itemgetter(1))]
