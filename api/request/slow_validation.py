"""Serves a request anew with what can only be found out while no transaction is open.

That takes a child of this process, up to a second of CPU and some memory, so each organization has one at a time
and few in a minute, and all together have few at once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock
from typing import TypeVar

from flask import g
from limits import RateLimitItemPerMinute

from api.limits import rate_limits
from api.resources import examined, resources
from services import slow_validation
from services.errors import TooMany
from services.slow_validation import NeedsValidation

EXAMINATIONS = RateLimitItemPerMinute(10, namespace="examinations")
MOST_AT_ONCE = 2

_ORGANIZATION = "examines_for"
_AGAIN_AFTER = timedelta(seconds=5)

Answer = TypeVar("Answer")


class ValidationSlots:
    """The children that this process may have at once, one for each organization."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._taken: set[str] = set()

    @contextmanager
    def taken(self, organization: str) -> Iterator[None]:
        """Hold a place; raises `TooMany` if there is none for it."""
        with self._lock:
            if organization in self._taken or len(self._taken) >= self._most:
                raise TooMany(
                    "Something else is being examined just now.", retry_after=_AGAIN_AFTER
                )
            self._taken.add(organization)
        try:
            yield
        finally:
            with self._lock:
                self._taken.remove(organization)


_places = ValidationSlots(MOST_AT_ONCE)


def serve_for(organization_id: int) -> None:
    """Note the organization of the request, whose examinations are counted."""
    setattr(g, _ORGANIZATION, str(organization_id))


def served(serve: Callable[[], Answer]) -> Answer:
    """Serve in a transaction of its own, as often as something turns out to be needed beforehand.

    Each time all is asked anew, also who may. What was found out once is known until the request ends.
    """
    while True:
        try:
            return serve()
        except NeedsValidation as needed:
            _examine(needed)


def _examine(needed: NeedsValidation) -> None:
    organization: str = g.get(_ORGANIZATION, "")
    with _places.taken(organization):
        rate_limits.spend(EXAMINATIONS, organization)
        examined().update(slow_validation.examine(needed.settings, resources().egress))
