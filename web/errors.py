"""What a browser sees when a page cannot be shown: what happened, and what to do next."""

import math
from collections.abc import Callable
from http import HTTPStatus

import structlog
from flask import Blueprint, Flask, Response, request, url_for
from redis.exceptions import RedisError
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from domain.organization_policy import Refusal
from services.archive.files.store import StoreError
from services.billing.provider import ProviderError
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
from web import refusals
from web.forms import EMPTY, Form
from web.identity import resumption
from web.rendering import render
from web.translations import gettext as _

Problem = Callable[[HTTPException], Response]

_STATUSES: dict[type[ServiceError], HTTPStatus] = {
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    ProviderError: HTTPStatus.BAD_GATEWAY,
    LimitReached: HTTPStatus.CONFLICT,
    PaymentDue: HTTPStatus.PAYMENT_REQUIRED,
}
_ENROLMENTS: dict[Refusal | None, str] = {
    Refusal.FACTOR_MISSING: "web-account.show_second_factor",
    Refusal.PASSKEY_MISSING: "web-passkeys.index",
}
"""The page that ends a refusal."""
_UNREACHABLE = (OperationalError, InterfaceError, PoolTimeoutError, RedisError, StoreError)

log = structlog.get_logger(__name__)


class ProofNeeded(Exception):
    """The action is hard to undo, and the user has not given the password lately."""


def handle(blueprint: Blueprint) -> None:
    """Answer failures of the pages of a blueprint as pages."""
    blueprint.register_error_handler(ServiceError, _refused)
    blueprint.register_error_handler(ProofNeeded, _unproven)
    blueprint.register_error_handler(HTTPException, _failed)
    blueprint.register_error_handler(IntegrityError, _changed_meanwhile)
    for kind in _UNREACHABLE:
        blueprint.register_error_handler(kind, _unavailable)


def register(app: Flask, otherwise: Problem) -> None:
    """Answer an address that nobody serves as a page, if a browser asks."""

    def missing(error: HTTPException) -> Response:
        return _failed(error) if _is_of_a_browser() else otherwise(error)

    app.register_error_handler(HTTPStatus.NOT_FOUND, missing)


def _is_of_a_browser() -> bool:
    """Tell whether a page is wanted more than data; a program that takes anything wants data."""
    wanted = request.accept_mimetypes
    return wanted.quality("text/html") > wanted.quality("application/json")


def page(status: HTTPStatus, title: str, text: str) -> Response:
    """Return a page that says why something cannot be shown."""
    return render("error.html", status=status, title=title, text=text)


def _nothing_here() -> Response:
    text = _("The address may be wrong, or what it showed was deleted.")
    return page(HTTPStatus.NOT_FOUND, _("Page not found"), text)


def _refused(error: ServiceError) -> Response:
    if isinstance(error, Unauthenticated):
        return _log_in(error)
    if isinstance(error, NotFound):
        return _nothing_here()
    if isinstance(error, Forbidden):
        return _forbidden(error)
    if isinstance(error, TooMany):
        return _too_many(error)
    if isinstance(error, LimitReached) and request.method != "POST":
        return page(_STATUSES[LimitReached], _("Not part of your plan"), _sentences(error))
    return page(_STATUSES[type(error)], _("This was not done"), _sentences(error))


def _forbidden(error: Forbidden) -> Response:
    if isinstance(error, Suspended):
        text = refusals.translated(str(error))
        return page(HTTPStatus.FORBIDDEN, _("The organization is suspended"), text)
    if error.refusal is not None:
        return _refused_by_policy(error)
    if request.path == "/" and request.method != "POST":
        # A reader who may see no monitor begins where everybody may go.
        return Response(
            status=HTTPStatus.SEE_OTHER, headers={"Location": url_for("web-settings.index")}
        )
    text = _("Your role does not allow this. An owner of the organization can change your role.")
    return page(HTTPStatus.FORBIDDEN, _("You do not have permission"), text)


def _refused_by_policy(error: Forbidden) -> Response:
    """Lead a reader to the enrolment that is missing, or say why no page is shown."""
    there = _ENROLMENTS.get(error.refusal)
    if there is not None and request.method != "POST":
        return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": url_for(there)})
    text = refusals.translated(str(error))
    return render(
        "login/refused.html", status=HTTPStatus.FORBIDDEN, text=text, enrolment=there or ""
    )


def _sentences(error: ServiceError) -> str:
    if isinstance(error, Invalid):
        return refusals.in_words(error)
    return refusals.translated(str(error))


def _too_many(error: TooMany) -> Response:
    seconds = math.ceil(error.retry_after.total_seconds())
    text = _("There were too many requests. Try again in %(seconds)s s.") % {"seconds": seconds}
    response = page(HTTPStatus.TOO_MANY_REQUESTS, _("Too many requests"), text)
    response.headers["Retry-After"] = str(seconds)
    return response


def _log_in(error: Unauthenticated) -> Response:
    """Send a reader to the login, or ask for it in place of an action, with what was typed."""
    resume = resumption.interrupted()
    if request.method != "POST":
        there = url_for("web-login.show", next=resume.path)
        return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": there})
    return render(
        "login/login.html",
        status=HTTPStatus.UNAUTHORIZED,
        form=Form(problems={"": [refusals.translated(str(error))]}),
        email="",
        resume=resume,
    )


def _unproven(_: ProofNeeded) -> Response:
    return render(
        "login/proof.html",
        status=HTTPStatus.UNAUTHORIZED,
        form=EMPTY,
        resume=resumption.interrupted(),
    )


def _failed(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return page(status, _("Something went wrong"), _("The error was logged. Try again soon."))
    if status is HTTPStatus.NOT_FOUND:
        return _nothing_here()
    if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return page(status, _("This was not done"), _("It is too large. Send it in smaller parts."))
    return page(status, _("This was not done"), error.description or status.phrase)


def _changed_meanwhile(error: IntegrityError) -> Response:
    # The database repeats earlier validation, because another request may have been faster.
    log.info("integrity_error", error=type(error.orig).__name__)
    text = _("Something that this refers to has changed. Go back and try again.")
    return page(HTTPStatus.CONFLICT, _("This was not done"), text)


def _unavailable(error: Exception) -> Response:
    # The text of an error may contain values. The code identifies the limit, if any.
    code = getattr(getattr(error, "orig", None), "pgcode", None)
    log.error("unavailable", error=type(error).__name__, sqlstate=code)
    text = _("Part of the service is unreachable. Checks continue. Try again soon.")
    response = page(HTTPStatus.SERVICE_UNAVAILABLE, _("This page cannot be shown now"), text)
    response.headers["Retry-After"] = "5"
    return response
