"""A worker of gunicorn, which says nothing of a request that is no HTTP: neither in the log nor to the sender.

Gunicorn itself repeats the line that it could not read, with whatever password or token is in it.
"""

import json
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import structlog
from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

_STATUSES: dict[type[Exception], HTTPStatus] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.ForbiddenProxyRequest: HTTPStatus.FORBIDDEN,
}

_OURS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)

log = structlog.get_logger(__name__)


class Worker(ThreadWorker):
    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ANN401, ARG002 - gunicorn's
        """Answer what could not be read or served, by its kind alone."""
        status = _status(exc)
        log.warning("request_refused", error=type(exc).__name__, status=status.value)
        with suppress(OSError):
            util.write_nonblock(client, _answer(status))


def _status(error: Exception) -> HTTPStatus:
    if isinstance(error, errors.ParseException) and not isinstance(error, _OURS):
        return _STATUSES.get(type(error), HTTPStatus.BAD_REQUEST)
    return HTTPStatus.INTERNAL_SERVER_ERROR


def _answer(status: HTTPStatus) -> bytes:
    body = json.dumps({"type": "about:blank", "title": status.phrase, "status": status.value})
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()
