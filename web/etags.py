"""Tells by one Redis command that a page has not changed, so that it need not be made again.

The tag covers everything that a page depends on. It also changes every 15 seconds: latencies change
without a hint, and a hint may be missing, so a page that renews itself once a minute is made again.
While Redis fails there is no tag. `no-store` stays: the script that renews a page keeps its tag, and
nothing is left on the disk of the reader.
"""

import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path

from flask import Response, request

from server.identity.principal import Call
from server.request import versions
from web import preferences, static_files

_SECONDS = 15
_TEMPLATES = Path(__file__).parent / "templates"


def of_page(call: Call) -> str:
    """Return the tag of the requested page, or an empty text if there is none."""
    version = versions.of_request()
    # Without a number, nothing tells whether Redis was emptied: an old tag might pass for true.
    if version is None or not version.number:
        return ""
    principal, reader = call.principal, preferences.current()
    parts = (
        principal.organization_id,
        principal.user_id,
        sorted(principal.access.somewhere),
        principal.projects,
        # The frame counts what the reader sees there, which may be more or less than the page.
        [principal.access.confined_to(each) for each in sorted(principal.access.somewhere)],
        version.number,
        int(call.now.timestamp()) // _SECONDS,
        request.full_path,
        reader,
        _release(),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def unchanged(tag: str) -> Response | None:
    """Return the answer for a reader who already has the page, or None."""
    if not tag or not request.if_none_match.contains(tag):
        return None
    response = Response(status=HTTPStatus.NOT_MODIFIED)
    response.set_etag(tag)
    return response


@cache
def _release() -> str:
    """Return a text that differs for each release of templates and static files."""
    digest = hashlib.sha256(static_files.release().encode())
    for path in sorted(_TEMPLATES.rglob("*.html")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
