"""Rate limits, their keys, and the headers that report them.

The headers follow draft-ietf-httpapi-ratelimit-headers.
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv6Address, ip_network
from typing import Any

from flask import Flask, Response, g
from limits import (
    RateLimitItem,
    RateLimitItemPerDay,
    RateLimitItemPerHour,
    RateLimitItemPerMinute,
)

from server.counting.limiter import LimitStatus
from server.identity.clients import client_address
from server.identity.principal import Call, Principal
from server.resources import resources
from services import quotas
from services.errors import TooMany
from services.outbox import wakes
from services.quotas import weight_of

LOGINS_OF_ADDRESS = RateLimitItemPerMinute(10, namespace="logins-of-address")
LOGINS_OF_ACCOUNT = RateLimitItemPerMinute(5, namespace="logins-of-account")
REGISTRATIONS = RateLimitItemPerHour(5, namespace="registrations")
INVITATIONS = RateLimitItemPerHour(60, namespace="invitations")
PROOFS = RateLimitItemPerMinute(5, namespace="proofs")
PROOFS_OF_DAY = RateLimitItemPerDay(50, namespace="proofs-of-day")
RENEWALS = RateLimitItemPerMinute(60, namespace="renewals")
DOCUMENTS = RateLimitItemPerMinute(60, namespace="documents")
READINESS = RateLimitItemPerMinute(600, namespace="readiness")
TRIALS = RateLimitItemPerMinute(20, namespace="trials")
DOMAIN_CHECKS = RateLimitItemPerMinute(10, namespace="domain-checks")
CHECKS_OF_MONITOR = RateLimitItemPerMinute(6, namespace="checks-of-monitor")
CHECKS = RateLimitItemPerMinute(60, namespace="checks")
MESSAGES = RateLimitItemPerMinute(10_000, namespace="messages")

_NETWORK_BITS = 64
_TIGHTEST = "tightest_limit"


def register(app: Flask) -> None:
    app.after_request(_add_headers)


def spend(limit: RateLimitItem, *whose: str, amount: int = 1) -> None:
    """Count this request, or an amount that it causes. Raise `TooMany` beyond the limit."""
    _enforce(resources().limiter.count(limit, *whose, amount=amount))


def spend_check(call: Call, kind: str, settings: Mapping[str, Any]) -> None:
    """Count a check that a user starts: a multistep check counts as many as it has steps."""
    spend(CHECKS, str(call.organization_id), amount=weight_of(kind, settings))


def refuse_without_room(limit: RateLimitItem, *whose: str) -> None:
    """Raise `TooMany` if the limit is reached, without counting."""
    status = resources().limiter.status(limit, *whose)
    if status is not None and not status.allowed:
        _enforce(status)


def _enforce(status: LimitStatus | None) -> None:
    """Report the tightest limit in the answer, and raise `TooMany` beyond a limit."""
    if status is None:
        return
    tightest: LimitStatus | None = g.get(_TIGHTEST)
    if tightest is None or status.remaining < tightest.remaining:
        setattr(g, _TIGHTEST, status)
    if not status.allowed:
        raise TooMany(
            "There were too many requests of this kind. Try again later.",
            retry_after=timedelta(seconds=status.seconds),
        )


def spend_request(call: Call) -> None:
    """Count a request of a caller, and of the caller's organization."""
    principal, settings = call.principal, resources().settings
    organization = str(principal.organization_id)
    own = RateLimitItemPerMinute(settings.requests_per_minute, namespace="requests")
    together = RateLimitItemPerMinute(
        quotas.limit(call.session, principal.organization_id, "requests_per_minute"),
        namespace="requests-of-organization",
    )
    spend(own, organization, principal.name)
    spend(together, organization)


def spend_messages(call: Call) -> None:
    """Count the messages that this request writes. Beyond the limit, raise before the commit."""
    written = wakes.count(call.session)
    if written:
        spend(MESSAGES, str(call.organization_id), amount=written)


def spend_proof(principal: Principal) -> None:
    """Limit guesses of a password or code by the holder of a token, by session."""
    whose = (principal.name, str(principal.session_id))
    spend(PROOFS, *whose)
    spend(PROOFS_OF_DAY, *whose)


def address() -> str:
    """Return the network of the client. One IPv6 host has 2^64 addresses."""
    client = client_address()
    if isinstance(client, IPv6Address):
        return str(ip_network((int(client), _NETWORK_BITS), strict=False))
    return str(client)


def account(email: str) -> str:
    """Return a hash that names an account, existing or not, without storing its address."""
    return hashlib.sha256(email.encode()).hexdigest()


def _add_headers(response: Response) -> Response:
    status: LimitStatus | None = g.get(_TIGHTEST)
    if status is not None:
        limit = status.limit
        policy = f'"{limit.namespace}";q={limit.amount};w={limit.get_expiry()}'
        response.headers["RateLimit-Policy"] = policy
        response.headers["RateLimit"] = (
            f'"{limit.namespace}";r={status.remaining};t={status.seconds}'
        )
    return response
