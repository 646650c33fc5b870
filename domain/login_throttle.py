"""The delay after failed logins: it grows with each failure, but is never permanent."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Network, ip_network

OF_ORIGIN = 5
"""Free failures of one account from one site or one known device."""
OF_NETWORK = 20
"""Free failures from one network: many people may share one address."""
OF_CODES = 10
"""Free wrong codes of one account, from anywhere: whoever sends one knows the password."""
IN_AN_HOUR = 500
"""Failures of one account per hour from unknown devices. One site cannot cause 20 of them."""
NOTIFIED_AT = 5
"""The number of failures of an account after which its owner is notified."""
LONGEST = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)
"""The failures are forgotten after this time without another one."""

_MOST_DOUBLINGS = 10
_HOUR = timedelta(hours=1)
_SITE_BITS = 48


def wait(failures: int, last_failed_at: datetime, *, free: int, now: datetime) -> timedelta:
    """Return the remaining delay before the next attempt.

    It is 1 s after `free` failures, and doubles with each further one.
    """
    if failures < free or now - last_failed_at >= FORGOTTEN_AFTER:
        return timedelta(0)
    delay = min(timedelta(seconds=2 ** min(failures - free, _MOST_DOUBLINGS)), LONGEST)
    return max(last_failed_at + delay - now, timedelta(0))


def hour_of(now: datetime) -> datetime:
    """Return the start of the clock hour in which failures are counted."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def wait_for_the_next_hour(failures: int, *, now: datetime) -> timedelta:
    """Return the remaining delay before the next attempt, given the failures in this hour."""
    return hour_of(now) + _HOUR - now if failures >= IN_AN_HOUR else timedelta(0)


def site_of(network: str) -> str:
    """Return the largest network of one customer of a provider: an IPv4 address or an IPv6 /48.

    It counts the failures of one account, so a stranger's failures do not throttle the owner.
    """
    try:
        parsed = ip_network(network)
    except ValueError:
        return network
    if isinstance(parsed, IPv6Network) and parsed.prefixlen > _SITE_BITS:
        return str(parsed.supernet(new_prefix=_SITE_BITS))
    return network
