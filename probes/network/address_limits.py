"""Limits on the concurrent checks of one address, whatever names lead there."""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from math import inf

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult

MOST_ADDRESSES = 8
"""The most addresses of a name that count: a check counts at each that it may connect to."""


class AddressLimitError(Exception):
    """One of these addresses has no room for another connection."""

    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__("Too many checks connect to the same address.")
        self.addresses = tuple(addresses)


def at_address_limit() -> ProbeResult:
    """Return the result of a target whose check could not be completed."""
    return ProbeResult(
        outcome=Outcome.UNKNOWN,
        cause=Cause.NO_RESULT,
        detail="The check was redirected to an address to which too many checks were connected.",
    )


class AddressLimits:
    """The checks at each address, and those waiting for one; for one event loop."""

    def __init__(self, most: int | None) -> None:
        self._most = most or inf
        self._there: Counter[str] = Counter()
        self._waiting: deque[tuple[tuple[str, ...], asyncio.Future[None]]] = deque()

    def enter(self, addresses: Sequence[str]) -> None:
        """Count a check at each address.

        If one of them is full, count none and raise `AddressLimitError`.
        """
        if not self._have_room(addresses):
            raise AddressLimitError(addresses)
        self._there.update(addresses)

    async def wait(self, addresses: Sequence[str], seconds: float) -> bool:
        """Enter as soon as there is room; return whether there was within this time."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (tuple(addresses), place)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(None if seconds == inf else max(0.0, seconds)):
                await place
        except TimeoutError:
            return False
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave(addresses)
            raise
        finally:
            if entry in self._waiting:
                self._waiting.remove(entry)
        return True

    def leave(self, addresses: Sequence[str]) -> None:
        """Give back these places; the check that has waited longest for them enters."""
        for each in addresses:
            self._there[each] -= 1
            if not self._there[each]:
                del self._there[each]
        for entry in tuple(self._waiting):
            wanted, place = entry
            if place.done():
                self._waiting.remove(entry)
            elif self._have_room(wanted):
                self._waiting.remove(entry)
                self._there.update(wanted)
                place.set_result(None)

    def _have_room(self, addresses: Sequence[str]) -> bool:
        return all(self._there[each] < self._most for each in addresses)
