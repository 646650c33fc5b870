"""Places for the requests that a process serves at once, by caller."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from threading import Lock

from services.errors import TooMany

_WAIT = timedelta(seconds=1)

Share = tuple[str, int]
"""The name of a caller, and the maximum number of its requests that are served at once."""


class Shares:
    """The requests that this process serves now, by caller."""

    def __init__(self) -> None:
        self._served: Counter[str] = Counter()
        self._lock = Lock()

    def take(self, shares: Sequence[Share]) -> None:
        """Take a place in all shares. If one is full, take none and raise `TooMany`."""
        with self._lock:
            if any(self._served[name] >= most for name, most in shares):
                raise TooMany(
                    "Too many of your requests are in progress. Wait until one finishes.",
                    retry_after=_WAIT,
                )
            self._served.update(name for name, _ in shares)

    def give_back(self, shares: Sequence[Share]) -> None:
        with self._lock:
            for name, _ in shares:
                self._served[name] -= 1
                if not self._served[name]:
                    del self._served[name]
