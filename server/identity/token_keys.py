"""The keys of access tokens, cached in this process for half a minute."""

import time
from collections.abc import Callable
from threading import Lock

from security.jwt.signing_keys import SigningKeys
from security.vault import KeyRing
from server.resources import Transactions
from services.operations import signing_keys

_FRESH_SECONDS = 30.0
"""Much shorter than the time for which a new key is published before it signs."""


class TokenKeys:
    """A callable that returns the current keys."""

    def __init__(
        self,
        first: SigningKeys,
        transaction: Transactions,
        ring: KeyRing,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first, self._transaction, self._ring = first, transaction, ring
        self._clock = clock
        self._lock = Lock()
        self._known: SigningKeys | None = None
        self._known_until = 0.0

    def __call__(self) -> SigningKeys:
        # One thread looks the keys up. Others, which may be in a transaction, use the cached ones.
        if not self._lock.acquire(blocking=self._known is None):
            return self._known or self._first
        try:
            if self._known is None or self._clock() >= self._known_until:
                with self._transaction() as session:
                    self._known = signing_keys.current(session, self._first, ring=self._ring)
                self._known_until = self._clock() + _FRESH_SECONDS
            return self._known
        finally:
            self._lock.release()
