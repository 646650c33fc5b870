"""What every request and answer has: an id, a line in the log, and careful headers."""

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars
from werkzeug.exceptions import RequestEntityTooLarge

from api.resources import resources

LARGEST_BODY = 1024 * 1024
_TOO_LARGE = f"A body may have at most {LARGEST_BODY} bytes."
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_CLOSED = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""For our own HTML pages: scripts and styles from files of this host only."""

log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.before_request(_begin)
    app.before_request(_refuse_large_body)
    app.after_request(_careful)
    app.after_request(_end)
    app.teardown_request(lambda _: clear_contextvars())


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    g.began = time.perf_counter()
    clear_contextvars()
    bind_contextvars(request_id=g.request_id)


def read_body() -> None:
    """Read the body, before any transaction is open: none waits for the network.

    A body without an announced length is cut off at the limit while it is read, so one that reaches
    the limit is refused here.
    """
    body = request.get_data()
    if request.content_length is None and len(body) >= LARGEST_BODY:
        raise RequestEntityTooLarge(_TOO_LARGE)


def _refuse_large_body() -> None:
    """Refuse by the announced length, before a byte of it is read."""
    if (request.content_length or 0) > LARGEST_BODY:
        raise RequestEntityTooLarge(_TOO_LARGE)


def _careful(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = g.request_id
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.setdefault("Content-Security-Policy", _CLOSED)
    headers.setdefault("Cache-Control", "no-store")
    if resources().settings.public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return response


def _end(response: Response) -> Response:
    """Log the route's pattern: neither ids nor what was searched for, let alone headers."""
    # Asked every few seconds by every machine around, and by this process itself.
    say = log.debug if request.path == "/healthz" else log.info
    say(
        "request",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        milliseconds=round((time.perf_counter() - g.began) * 1000, 1),
    )
    return response
