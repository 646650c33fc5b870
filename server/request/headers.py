"""Security headers of every answer, which limit what a browser may do with it."""

from flask import Flask, Response, request

from server.resources import resources

_CLOSED = "default-src 'none'; frame-ancestors 'none'"
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""For a page with third-party scripts: scripts and styles only from files of this host."""

PAGE_POLICY = f"{DOCS_POLICY}; require-trusted-types-for 'script'; trusted-types 'none'"
"""For our own HTML pages, where in addition no text becomes HTML or a script."""

_CONNECT = "connect-src 'self'"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_UNLESS_SAID = {
    "Content-Security-Policy": _CLOSED,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
_TWO_YEARS = "max-age=63072000; includeSubDomains"


def policy_of_pages(live_url: str) -> str:
    """Return the policy for pages that also connect to the process of the hints.

    An empty URL means that it has the origin of the pages.
    """
    return PAGE_POLICY.replace(_CONNECT, f"{_CONNECT} {live_url}") if live_url else PAGE_POLICY


def register(app: Flask) -> None:
    app.after_request(_careful)


def _careful(response: Response) -> Response:
    response.headers.update(_ALWAYS)
    for name, value in _UNLESS_SAID.items():
        response.headers.setdefault(name, value)
    if request.is_secure or resources().settings.public_url.startswith("https://"):
        response.headers["Strict-Transport-Security"] = _TWO_YEARS
    return response
