"""Log in by an identity provider: go there, come back, and be logged out by it."""

from http import HTTPStatus
from uuid import UUID

from flask import Response, request

from security.oidc.errors import OidcError
from server.limits import provider_logins
from services.errors import Forbidden, LimitReached, TooMany, Unauthenticated
from web import refusals
from web.forms import EMPTY, Form
from web.identity import session_cookie
from web.rendering import render
from web.routing import Pages
from web.translations import gettext as _

pages = Pages("sso")
logouts = Pages("sso-logouts", from_anywhere=True)

_STATUSES = {
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    LimitReached: HTTPStatus.CONFLICT,
    Forbidden: HTTPStatus.FORBIDDEN,
}


@pages.open_page("/login/sso")
def show() -> Response:
    """Ask for the address, which leads to the provider of its domain."""
    return _form(EMPTY, HTTPStatus.OK)


@pages.open_page("/login/sso", method="POST")
def begin() -> Response:
    """Lead to the provider, by a page: a form may not be redirected to another site."""
    email = request.form.get("email", "").strip()
    try:
        forwarding = provider_logins.begin(email)
    except (Unauthenticated, TooMany) as error:
        return _form(_refusal(error), _STATUSES[type(error)])
    if forwarding is None:
        text = _("No organization uses single sign-on for this address. Log in by a password.")
        return _form(Form(problems={"email": [text]}), HTTPStatus.UNPROCESSABLE_ENTITY)
    response = render("sso/forward.html", url=forwarding.url)
    session_cookie.keep_sso(response, forwarding.browser)
    return response


@pages.open_page("/sso/<uuid:connection_id>/callback")
def complete(connection_id: UUID) -> Response:
    """Begin a session by what the provider answers."""
    cookie = session_cookie.browser()
    try:
        login = provider_logins.complete(
            connection_id, request.args, browser=session_cookie.sso(), cookie=cookie
        )
    except (Unauthenticated, TooMany, LimitReached, Forbidden) as error:
        return _form(_refusal(error), _STATUSES[type(error)])
    # A page of ours leads on: cookies for this site alone are not sent on the way from another.
    response = render("sso/welcome.html")
    session_cookie.give(response, login)
    session_cookie.know_browser(response, cookie)
    session_cookie.forget_sso(response)
    return response


@logouts.open_page("/sso/<uuid:connection_id>/logout", method="POST")
def log_out(connection_id: UUID) -> Response:
    """End the sessions that a logout token names (OpenID Connect Back-Channel Logout 1.0)."""
    try:
        provider_logins.log_out(connection_id, request.form.get("logout_token", ""))
    except OidcError:
        return Response(
            '{"error": "invalid_request"}', HTTPStatus.BAD_REQUEST, mimetype="application/json"
        )
    return Response(status=HTTPStatus.OK, headers={"Cache-Control": "no-store"})


def _refusal(error: Exception) -> Form:
    if isinstance(error, TooMany):
        return Form(problems={"": [_("There were too many attempts. Wait a minute.")]})
    return Form(problems={"": [refusals.translated(str(error))]})


def _form(form: Form, status: HTTPStatus) -> Response:
    email = request.values.get("email", "")
    return render("sso/login.html", status=status, form=form, email=email)
