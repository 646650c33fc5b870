"""Limits requests with unknown secrets, because each requires a database lookup.

A request with a recently valid secret is served even while its network is limited. Secrets cannot
be guessed in practice: the limit protects the database from the lookups.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from limits import RateLimitItem, RateLimitItemPerMinute

from server.limits import rate_limits
from server.resources import resources
from services.errors import NotFound, Unauthenticated

UNKNOWN_KEYS = RateLimitItemPerMinute(120, namespace="unknown-keys")
UNKNOWN_LINKS = RateLimitItemPerMinute(60, namespace="unknown-links")
UNKNOWN_PINGS = RateLimitItemPerMinute(300, namespace="unknown-pings")


@contextmanager
def looking_up_key(text: str) -> Iterator[None]:
    """Guard the lookup of an API key. Raise `TooMany` if its network used too many unknown ones."""
    with _looking_up(text, UNKNOWN_KEYS, Unauthenticated):
        yield


@contextmanager
def looking_up_ping(token: str) -> Iterator[None]:
    """Guard the lookup of a heartbeat by its token. Raise `TooMany`, as for keys.

    A token that was unknown a minute ago will never exist. Jobs of deleted heartbeats continue to
    ping, and must not use up the limit of other jobs.
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
def looking_up_link(token: str) -> Iterator[None]:
    """Guard the lookup of a short link by its token. Raise `TooMany`, as for keys."""
    with _looking_up(token, UNKNOWN_LINKS, NotFound):
        yield


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
