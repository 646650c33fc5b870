"""One form for every error: application/problem+json (RFC 9457)."""

import http
import math
from collections.abc import Mapping
from types import MappingProxyType

import structlog
from flask import Flask, Response, g, json
from redis.exceptions import RedisError
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound as MissingPath

from api.request import missing
from services.archive.files.store import StoreError
from services.billing.provider import InvalidEvent, ProviderError
from services.errors import (
    Conflict,
    Forbidden,
    Invalid,
    LimitReached,
    NotFound,
    PaymentDue,
    ServiceError,
    Suspended,
    TooMany,
    Unauthenticated,
)

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_SECONDS = "5"
_NOTHING: Mapping[str, object] = MappingProxyType({})
_STATUSES: dict[type[ServiceError], int] = {
    NotFound: 404,
    Invalid: 422,
    Conflict: 409,
    InvalidEvent: 400,
    ProviderError: 502,
    LimitReached: 409,
    PaymentDue: 402,
    TooMany: 429,
    Unauthenticated: 401,
    Forbidden: 403,
    Suspended: 403,
}

log = structlog.get_logger(__name__)


def problem(
    status: int,
    detail: str | None = None,
    errors: dict[str, list[str]] | None = None,
    more: Mapping[str, object] = _NOTHING,
) -> Response:
    """Return a problem; `more` are the members of its own kind of problem."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "request_id": g.request_id,
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    body |= more
    return Response(json.dumps(body), status, mimetype=MEDIA_TYPE)


def register(app: Flask) -> None:
    app.register_error_handler(ServiceError, _refused)
    app.register_error_handler(HTTPException, http_problem)
    app.register_error_handler(IntegrityError, _changed_meanwhile)
    for error in (OperationalError, InterfaceError, PoolTimeoutError, RedisError, StoreError):
        app.register_error_handler(error, _unavailable)


def http_problem(error: HTTPException) -> Response:
    status = error.code or 500
    response = problem(status, None if status >= 500 else _detail(error))  # noqa: PLR2004
    # Headers such as Allow. The type and length are those of our own body.
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def _detail(error: HTTPException) -> str | None:
    if isinstance(error, MissingPath) and error.description == MissingPath.description:
        return missing.detail()
    return error.description


def service_problem(error: ServiceError) -> dict[str, object]:
    """Return a refusal as a part of another answer."""
    status = _STATUSES[type(error)]
    response = problem(status, str(error), _errors(error), _limit(error))
    described: dict[str, object] = json.loads(response.get_data())
    return described


def _refused(error: ServiceError) -> Response:
    response = problem(_STATUSES[type(error)], str(error), _errors(error), _limit(error))
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Forbidden) and error.permission:
        response.headers["WWW-Authenticate"] = (
            f'Bearer error="insufficient_scope", scope="{error.permission}"'
        )
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(math.ceil(error.retry_after.total_seconds()))
    return response


def _limit(error: ServiceError) -> Mapping[str, object]:
    if not isinstance(error, LimitReached):
        return _NOTHING
    return {name: getattr(error, name) for name in ("limit", "allowed", "used", "plan")}


def _errors(error: ServiceError) -> dict[str, list[str]] | None:
    if isinstance(error, Invalid):
        return error.problems
    if isinstance(error, Conflict) and error.field:
        return {error.field: [str(error)]}
    return None


def _changed_meanwhile(error: IntegrityError) -> Response:
    # The database repeats earlier validation, because another request may have been faster.
    log.info("integrity_error", error=type(error.orig).__name__)
    return problem(409, "Something that the request refers to has changed. Try again.")


def _unavailable(error: Exception) -> Response:
    # The text of an error may contain values. The code identifies the limit, if any.
    code = getattr(getattr(error, "orig", None), "pgcode", None)
    log.error("unavailable", error=type(error).__name__, sqlstate=code)
    response = problem(503, "A part of the service is unreachable. Try again soon.")
    response.headers["Retry-After"] = _RETRY_AFTER_SECONDS
    return response
