"""What runs out, and on which day before that it is told: once for each certificate or term, and threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

USUAL_DAYS = (30, 14, 7, 3, 1)
"""How many days ahead people are told, where a monitor does not say otherwise."""


class Subject(StrEnum):
    """What of a monitor runs out: the certificate of its server, or the registration of its domain."""

    CERTIFICATE = "certificate"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class Expiry:
    """One that a check saw. A renewed one has another `identity`, and is told from the beginning."""

    subject: Subject
    expires_at: datetime
    identity: str


def earlier(one: Expiry | None, other: Expiry | None) -> Expiry | None:
    """Return the one that runs out first, of those that there are."""
    return min((each for each in (one, other) if each), key=_moment, default=None)


def due(
    expires_at: datetime, days: Sequence[int], *, notified: int | None, now: datetime
) -> int | None:
    """Return the threshold that is to be told now: the closest one passed, unless it was told.

    `notified` is the closest threshold that was told of this one. Those that were skipped stay so.
    """
    passed = min((each for each in days if _is_within(expires_at, each, now)), default=None)
    return passed if passed is not None and (notified is None or passed < notified) else None


def next_check(expires_at: datetime, days: Sequence[int], *, now: datetime) -> datetime | None:
    """Return when the next threshold is passed; after the last one there is nothing to look for."""
    ahead = (each for each in days if not _is_within(expires_at, each, now))
    return min((expires_at - timedelta(days=each) for each in ahead), default=None)


def _is_within(expires_at: datetime, days: int, now: datetime) -> bool:
    """Compare what is left, since a certificate may say that it ended before any day there is."""
    return expires_at - now <= timedelta(days=days)


def _moment(expiry: Expiry) -> datetime:
    return expiry.expires_at
