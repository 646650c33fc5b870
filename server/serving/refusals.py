"""Answers to requests that never reach the application. They name only the kind of the error.

Gunicorn itself would repeat the unreadable line, with any password or token in it.
"""

import json
from http import HTTPStatus

import structlog
from gunicorn.http import errors


class TooSlow(Exception):
    """The client did not finish its request in time."""


class TooLarge(Exception):
    """The body is larger than the limit."""


_STATUSES: dict[type[Exception], HTTPStatus] = {
    TooSlow: HTTPStatus.REQUEST_TIMEOUT,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.ForbiddenProxyRequest: HTTPStatus.FORBIDDEN,
    errors.NoMoreData: HTTPStatus.BAD_REQUEST,
}
_OURS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)
REFUSED = (errors.ParseException, errors.NoMoreData, TooLarge)
"""Exceptions for requests that cannot be served."""

log = structlog.get_logger(__name__)


def refusal(error: Exception) -> bytes:
    """Log a failed request, and return its answer."""
    status = _status(error)
    log.warning("request_refused", error=type(error).__name__, status=status.value)
    return _answer(status)


def _status(error: Exception) -> HTTPStatus:
    known = _STATUSES.get(type(error))
    if known is None and isinstance(error, errors.ParseException) and not isinstance(error, _OURS):
        return HTTPStatus.BAD_REQUEST
    return known or HTTPStatus.INTERNAL_SERVER_ERROR


def _answer(status: HTTPStatus) -> bytes:
    body = json.dumps({"type": "about:blank", "title": status.phrase, "status": status.value})
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


NO_ROOM = _answer(HTTPStatus.SERVICE_UNAVAILABLE)
"""The answer to an incomplete request that is closed to make room."""
