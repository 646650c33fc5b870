"""How long to wait after failed logins: longer each time, never for good."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Network, ip_network

OF_ORIGIN = 5
"""Failures of one account from one site, or one known device, that cost nothing."""
OF_NETWORK = 20
"""Failures from one network that cost nothing: many people may be behind one address."""
OF_CODES = 10
"""Wrong codes of one account, from anywhere, that cost nothing: who sends one knows the password."""
IN_AN_HOUR = 500
"""Failures of one account in an hour, from wherever it is not known: one site has no 20 of them."""
NOTIFIED_AT = 5
"""Failures of one account of which its owner hears."""
LONGEST = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)
"""Without another failure."""

_MOST_DOUBLINGS = 10
_HOUR = timedelta(hours=1)
_SITE_BITS = 48


def wait(failures: int, last_failed_at: datetime, *, free: int, now: datetime) -> timedelta:
    """Return how long the next try has to wait yet: 1 s after `free` failures, then twice as long each."""
    if failures < free or now - last_failed_at >= FORGOTTEN_AFTER:
        return timedelta(0)
    delay = min(timedelta(seconds=2 ** min(failures - free, _MOST_DOUBLINGS)), LONGEST)
    return max(last_failed_at + delay - now, timedelta(0))


def hour_of(now: datetime) -> datetime:
    """Return when the hour of the clock began in which failures are counted."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def wait_for_the_next_hour(failures: int, *, now: datetime) -> timedelta:
    """Return how long the next try has to wait after so many failures in this hour."""
    return hour_of(now) + _HOUR - now if failures >= IN_AN_HOUR else timedelta(0)


def site_of(network: str) -> str:
    """Return what one customer of a provider has at most: an address of IPv4, or a /48 of IPv6.

    It is for the failures of one account, of which its owner has to share none with a stranger.
    """
    try:
        parsed = ip_network(network)
    except ValueError:
        return network
    if isinstance(parsed, IPv6Network) and parsed.prefixlen > _SITE_BITS:
        return str(parsed.supernet(new_prefix=_SITE_BITS))
    return network
