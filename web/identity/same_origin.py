"""Refuses actions that another site sends in the name of a user who is logged in here.

Browsers state where a request comes from, and no page can change that. Cookies are `SameSite=Lax`
in addition, so a form needs no token of its own.
"""

from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import Forbidden

from server.resources import resources

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_FROM_HERE = frozenset({"same-origin", "none"})


def refuse_other_sites() -> None:
    """Raise `Forbidden` for a request that may change something and is not from our own pages."""
    if request.method not in _READING and not _is_from_here():
        raise Forbidden("This was not sent from a page of this service.")


def _is_from_here() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in _FROM_HERE
    # Browsers omit the former for addresses without TLS, except those of the same machine.
    origin = urlsplit(request.headers.get("Origin", ""))
    public = urlsplit(resources().settings.public_url)
    return origin.netloc != "" and origin.netloc in {request.host, public.netloc}
