"""How often a network may ask for secrets that there are not: each costs a look into the database.

Whoever sends one that was good lately is let through, whatever else comes from the same network. Nobody
guesses a secret of this kind: what is limited is the work.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from limits import RateLimitItem, RateLimitItemPerMinute

from api.limits import rate_limits
from api.resources import resources
from services.errors import NotFound, Unauthenticated

UNKNOWN_KEYS = RateLimitItemPerMinute(120, namespace="unknown-keys")
UNKNOWN_PINGS = RateLimitItemPerMinute(300, namespace="unknown-pings")


@contextmanager
def looking_up_key(text: str) -> Iterator[None]:
    """Look an API key up within; raises `TooMany` where its network has asked for too many others."""
    with _looking_up(text, UNKNOWN_KEYS, Unauthenticated):
        yield


@contextmanager
def looking_up_ping(token: str) -> Iterator[None]:
    """Look a heartbeat up within, by its token; raises `TooMany`, as for keys.

    One that there was not a minute ago there will never be. Jobs of heartbeats that were deleted go on to
    ping, and must not use up what those beside them need.
    """
    unknown, name = resources().secrets.unknown_pings, _hash(token)
    if name in unknown:
        raise NotFound("heartbeat")
    try:
        with _looking_up(token, UNKNOWN_PINGS, NotFound):
            yield
    except NotFound:
        unknown.add(name)
        raise


@contextmanager
def _looking_up(
    secret: str, limit: RateLimitItem, refusal: type[Unauthenticated | NotFound]
) -> Iterator[None]:
    good, name, network = resources().secrets.good, _hash(secret), rate_limits.address()
    if name not in good:
        rate_limits.refuse_without_room(limit, network)
    try:
        yield
    except refusal:
        good.discard(name)
        rate_limits.spend(limit, network)
        raise
    good.add(name)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
