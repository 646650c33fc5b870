"""The expiry of certificates and domains, and the days before it on which a warning is due.

Each threshold is notified once per certificate or registration term.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

USUAL_DAYS = (30, 14, 7, 3, 1)
"""The thresholds in days before the expiry, unless the monitor sets its own."""


class Subject(StrEnum):
    """What expires: the certificate of the server, or the registration of the domain."""

    CERTIFICATE = "certificate"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class Expiry:
    """An expiry that a check found.

    A renewed certificate or domain has another `identity`, and its thresholds start again.
    """

    subject: Subject
    expires_at: datetime
    identity: str


def earlier(one: Expiry | None, other: Expiry | None) -> Expiry | None:
    """Return the earlier of two expiries, or the only one, or None."""
    return min((each for each in (one, other) if each), key=_moment, default=None)


def due(
    expires_at: datetime, days: Sequence[int], *, notified: int | None, now: datetime
) -> int | None:
    """Return the threshold to notify now: the closest one passed, unless it was notified.

    `notified` is the closest threshold notified for this expiry. Skipped thresholds are not made up
    for.
    """
    passed = min((each for each in days if _is_within(expires_at, each, now)), default=None)
    return passed if passed is not None and (notified is None or passed < notified) else None


def next_check(expires_at: datetime, days: Sequence[int], *, now: datetime) -> datetime | None:
    """Return when the next threshold passes, or None after the last one."""
    ahead = (each for each in days if not _is_within(expires_at, each, now))
    return min((expires_at - timedelta(days=each) for each in ahead), default=None)


def _is_within(expires_at: datetime, days: int, now: datetime) -> bool:
    """Compare durations: a certificate may claim to have expired before the first possible date."""
    return expires_at - now <= timedelta(days=days)


def _moment(expiry: Expiry) -> datetime:
    return expiry.expires_at
