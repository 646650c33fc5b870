"""The hosts that requests may name: those of this system only.

Another site may point its own name to this address (DNS rebinding). To a browser that name has our
origin, so the site could read what only internal clients may see. Links are built from
`DOWNTIME_PUBLIC_URL`, never from the request.
"""

import re
from collections.abc import Collection
from functools import partial
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.exceptions import BadRequest

from config.settings import Settings

_LOOPBACK = frozenset({"localhost"})
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+?)\.?)(?::[0-9]{1,5})?", re.IGNORECASE)
_BY_ADDRESS = frozenset({"system.ready", "system.show_metrics"})
"""Endpoints for machines of the operator, which may know this service only by an address."""
_BY_ANY = frozenset({"system.alive", "pings.ping"})
"""Endpoints for any host. Liveness checks must work on any network, and jobs keep the address that
they were given. Neither answer contains anything confidential."""


def register(app: Flask, settings: Settings) -> None:
    public = urlsplit(settings.public_url).hostname or ""
    trusted = {*_LOOPBACK, public.lower(), *(name.lower() for name in settings.trusted_hosts)}
    app.before_request(partial(_refuse_unknown, trusted))


def _refuse_unknown(trusted: Collection[str]) -> None:
    named = request.environ.get("HTTP_HOST")
    # Browsers always send a host. Some health checks use HTTP/1.0, which does not require it.
    if named is None or request.endpoint in _BY_ANY or _is_ours(named, trusted):
        return
    raise BadRequest("This service is not known by that host. See DOWNTIME_TRUSTED_HOSTS.")


def _is_ours(named: str, trusted: Collection[str]) -> bool:
    match = _HOST.fullmatch(named)
    if match is None:
        return False
    host = (match[1] or match[2]).lower()
    try:
        address = ip_address(host)
    except ValueError:
        return host in trusted
    return address.is_loopback or host in trusted or request.endpoint in _BY_ADDRESS
