"""The language, the time zone and the colours of the pages, for this browser."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from flask import Response, request

from web.preferences import LOCALES, PSEUDO, THEMES, is_zone
from web.routing import Pages

pages = Pages("preferences")

_YEAR = 31_536_000
_ALLOWED: Mapping[str, Callable[[str], bool]] = {
    "locale": lambda text: text in LOCALES or text in PSEUDO,
    "zone": is_zone,
    "theme": lambda text: text in THEMES,
    "shortcuts": lambda text: text in {"on", "off"},
}


@pages.open_page("/preferences", method="POST")
def change() -> Response:
    """Keep what was chosen, ignore what cannot be chosen, and go back to the page before."""
    response = Response(status=303, headers={"Location": _before()})
    for name, is_allowed in _ALLOWED.items():
        chosen = request.form.get(name, "")
        if is_allowed(chosen):
            # A script reads it: it writes the zone of the browser if none was chosen.
            response.set_cookie(name, chosen, max_age=_YEAR, samesite="Lax")
    return response


def _before() -> str:
    """Return the path of the page that sent the form, if it is one of ours."""
    before = urlsplit(request.headers.get("Referer", ""))
    if before.netloc != request.host or not before.path.startswith("/"):
        return "/"
    path = "/" + before.path.lstrip("/\\")
    return f"{path}?{before.query}" if before.query else path
