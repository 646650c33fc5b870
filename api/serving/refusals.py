"""How requests are answered that no application sees: by the kind of what is wrong with them alone.

Gunicorn itself repeats the line that it could not read, with whatever password or token is in it.
"""

import json
from http import HTTPStatus

import structlog
from gunicorn.http import errors


class TooSlow(Exception):
    """The client did not finish its request in time."""


class TooLarge(Exception):
    """The body is larger than any that is taken."""


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
"""What is raised of a request that cannot be served."""

log = structlog.get_logger(__name__)


def refusal(error: Exception) -> bytes:
    """Return the answer to a request that failed so, having written a line of it."""
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
"""To a client whose request is not all here while others need its room."""
