"""The hosts that requests may name: those of this system, and no foreign name that resolves to it.

A page of another site that has its own name lead to this address (DNS rebinding) is, to a browser, the
same origin as we are, and would read what only a neighbour may see. Links never come from here: they are
made of `DOWNTIME_PUBLIC_URL`.
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
"""What machines of the operator ask for, which may know us by an address alone."""
_BY_ANY = frozenset({"system.alive", "pings.ping"})
"""Whoever has to know that a process lives may call it whatever its network does, and jobs go on with the
address that they were given; there is nothing to be read in either answer."""


def register(app: Flask, settings: Settings) -> None:
    public = urlsplit(settings.public_url).hostname or ""
    trusted = {*_LOOPBACK, public.lower(), *(name.lower() for name in settings.trusted_hosts)}
    app.before_request(partial(_refuse_strange, trusted))


def _refuse_strange(trusted: Collection[str]) -> None:
    named = request.environ.get("HTTP_HOST")
    # Browsers name one always; some health checks speak HTTP/1.0, which does without.
    if named is None or request.endpoint in _BY_ANY or _is_ours(named, trusted):
        return
    raise BadRequest("This system is not known by that host. See DOWNTIME_TRUSTED_HOSTS.")


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
