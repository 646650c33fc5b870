"""Repeats a request after slow validation, which runs while no transaction is open.

Each validation takes a child process, up to a second of CPU, and some memory. So an organization
has one at a time and few per minute, and a process has few at once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock
from typing import TypeVar

from flask import g
from limits import RateLimitItemPerMinute

from server.limits import rate_limits
from server.resources import examined, resources
from services import slow_validation
from services.errors import TooMany
from services.slow_validation import NeedsValidation

EXAMINATIONS = RateLimitItemPerMinute(10, namespace="examinations")
MOST_AT_ONCE = 2

_ORGANIZATION = "examines_for"
_AGAIN_AFTER = timedelta(seconds=5)

Answer = TypeVar("Answer")


class ValidationSlots:
    """The child processes that may run at once, at most one for each organization."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._taken: set[str] = set()

    @contextmanager
    def taken(self, organization: str) -> Iterator[None]:
        """Hold a place, or raise `TooMany` if there is none."""
        with self._lock:
            if organization in self._taken or len(self._taken) >= self._most:
                raise TooMany(
                    "Another request is being validated. Try again in a moment.",
                    retry_after=_AGAIN_AFTER,
                )
            self._taken.add(organization)
        try:
            yield
        finally:
            with self._lock:
                self._taken.remove(organization)


_places = ValidationSlots(MOST_AT_ONCE)


def serve_for(organization_id: int) -> None:
    """Record the organization of the request, for which validations are counted."""
    setattr(g, _ORGANIZATION, str(organization_id))


def served(serve: Callable[[], Answer]) -> Answer:
    """Serve in a transaction of its own, and repeat as often as slow validation is needed.

    Each repetition checks everything again, including permissions. Validation results are kept
    until the request ends.
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
