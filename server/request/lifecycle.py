"""The lifecycle of a request: its id, its log line, and the limit of its body."""

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars
from werkzeug.exceptions import RequestEntityTooLarge

from server.resources import resources
from server.serving.limits import LARGEST_BODY as _LARGEST_OF_ALL

LARGEST_BODY = 256 * 1024
_LARGER = {
    "monitors.create_bulk",
    "contacts.create",
    "contacts.change",
    "contact-groups.create",
    "contact-groups.change",
    "escalation-policies.create",
    "escalation-policies.change",
    "on-call-schedules.create",
    "on-call-schedules.change",
    "maintenance-windows.create",
    "maintenance-windows.change",
    "pings.ping",
}
"""Routes with larger bodies: 500 monitors at once, and long lists, so that the answer can name the
long field. A ping matters more than the length of its log."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_BODY
    app.before_request(_begin)
    app.before_request(_refuse_large_body)
    app.after_request(_end)
    app.teardown_request(lambda _: clear_contextvars())


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    g.began = time.perf_counter()
    clear_contextvars()
    bind_contextvars(request_id=g.request_id)


def read_body() -> None:
    """Read the body before a transaction is open, so that no transaction waits for the network.

    A body of unannounced length is cut off at the limit while it is read. A body that reaches the
    limit is refused here.
    """
    body = request.get_data()
    if request.content_length is None and len(body) >= _most():
        raise _too_large()


def _refuse_large_body() -> None:
    """Refuse a body by its announced length, before any of it is read."""
    if request.endpoint in _LARGER:
        request.max_content_length = _LARGEST_OF_ALL
    if (request.content_length or 0) > _most():
        raise _too_large()


def _most() -> int:
    return request.max_content_length or LARGEST_BODY


def _too_large() -> RequestEntityTooLarge:
    return RequestEntityTooLarge(f"The body may have at most {_most()} bytes.")


def _end(response: Response) -> Response:
    """Count and log the route's pattern, without ids, queries or headers."""
    response.headers["X-Request-Id"] = g.request_id
    # Load balancers and this process itself request it every few seconds.
    say = log.debug if request.path == "/healthz" else log.info
    route = request.url_rule.rule if request.url_rule else None
    seconds = time.perf_counter() - g.began
    resources().requests.add(route, request.method, response.status_code, seconds)
    say(
        "request",
        method=request.method,
        route=route,
        status=response.status_code,
        milliseconds=round(seconds * 1000, 1),
    )
    return response
