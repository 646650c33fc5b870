"""Log in, in one or two steps, prove the password again, choose the organization, log out."""

from http import HTTPStatus
from uuid import UUID

from flask import Response, request, url_for

from config.demo import EMAIL as DEMO_EMAIL
from domain.permissions import Permission
from server.identity.principal import Call
from server.identity.restrictions import Reach
from server.limits import login_attempts, rate_limits
from server.limits.login_attempts import LoginStep, Way
from server.resources import resources
from services.accounts import accounts, browser_sessions, second_factors
from services.audit import acts
from services.errors import NotFound, TooMany, Unauthenticated
from web import demo, refusals
from web.forms import EMPTY, Form
from web.identity import next_page, resumption, session_cookie
from web.rendering import render
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked

pages = Pages("login", notices={"logged-out": marked("You are logged out.")})

_REFUSED = {
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
}


@pages.open_page("/login")
def show() -> Response:
    return _form(EMPTY, HTTPStatus.OK)


@pages.open_page("/login", method="POST")
def log_in() -> Response:
    """Begin a session by a password, or ask for the code if there is a second factor."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    return _log_in(email, password)


@pages.open_page("/login/demo", method="POST")
def open_demo() -> Response:
    """Log in as the demo user, on a laptop. In production nobody serves this."""
    password = demo.password()
    if password is None:
        raise NotFound("page")
    return _log_in(DEMO_EMAIL, password)


@pages.open_page("/login/code", method="POST")
def give_code() -> Response:
    """Begin a session by a code, after the password was right."""
    token, code = request.form.get("step", ""), request.form.get("code", "").strip()
    way = login_attempts.by_first_step(token=token, refresh_token=session_cookie.device())
    if not code:
        missing = Form(problems={"code": [_("Enter the code.")]})
        return _ask_for_code(token, missing, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        return begin(way, code)
    except TooMany as error:
        return _ask_for_code(token, _refusal(error), HTTPStatus.TOO_MANY_REQUESTS)
    except Unauthenticated as error:
        if error.by_code:
            wrong = Form(problems={"code": [_("This code is wrong or was used before.")]})
            return _ask_for_code(token, wrong, HTTPStatus.UNAUTHORIZED)
        return _form(_refusal(error), HTTPStatus.UNAUTHORIZED)


@pages.open_page("/session")
def ask() -> Response:
    """Tell a script whether the browser is still logged in, before it sends a form."""
    with resources().transaction() as session:
        member = browser_sessions.member(session, session_cookie.value())
    is_in = member is not None and not browser_sessions.is_over(member)
    return Response(status=HTTPStatus.NO_CONTENT if is_in else HTTPStatus.UNAUTHORIZED)


@pages.open_page("/logout", method="POST")
def log_out() -> Response:
    with resources().transaction() as session:
        browser_sessions.end(session, session_cookie.value())
    response = Response(
        status=HTTPStatus.SEE_OTHER,
        headers={"Location": url_for("web-login.show", notice="logged-out")},
    )
    session_cookie.take_back(response)
    # Nothing of the account stays behind, in whatever the browser caches.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@pages.page("/organizations", permission=Permission.PROFILE_READ, reach=Reach.ALWAYS)
def choose(call: Call) -> Response:
    """Offer the other organizations of the user, also if the policy of this one refuses it."""
    return render("login/organizations.html", call)


@pages.action("/organization", permission=Permission.PROFILE_READ, reach=Reach.ALWAYS)
def switch(call: Call) -> Response:
    """Act for another organization of the user from now on."""
    try:
        organization_id = UUID(request.form.get("organization", ""))
    except ValueError as error:
        raise NotFound("organization") from error
    browser_sessions.switch(call.session, _session_id(call), organization_id)
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/"})


@pages.page("/proof", permission=Permission.ACCOUNT_READ)
def ask_for_proof(call: Call, form: Form = EMPTY) -> Response:
    """Ask for the password again, before an act that is hard to undo."""
    return render("login/proof.html", call, form=form, resume=resumption.of_request())


@pages.action("/proof", permission=Permission.ACCOUNT_WRITE, again=ask_for_proof)
def prove(call: Call) -> Response:
    """Record that the user of this browser is the owner of the account."""
    rate_limits.spend_proof(call.principal)
    code = request.form.get("code", "").strip()
    user = accounts.prove(call.session, call.principal.user_id, request.form.get("password", ""))
    second_factors.require(call.session, user, code, ring=resources().ring, now=call.now)
    browser_sessions.prove(call.session, _session_id(call), now=call.now)
    return _continue(resumption.of_request())


def _session_id(call: Call) -> UUID:
    if call.principal.session_id is None:
        raise Unauthenticated(_("Log in to see this page."))
    return call.principal.session_id


def _log_in(email: str, password: str) -> Response:
    way = login_attempts.by_password(
        email=email, password=password, refresh_token=session_cookie.device()
    )
    try:
        return begin(way)
    except (Unauthenticated, TooMany) as error:
        return _form(_refusal(error), _REFUSED[type(error)])


def begin(way: Way, code: str = "") -> Response:
    """Begin a session and go on, or ask for the code of the second factor.

    Raise `Unauthenticated` or `TooMany` as `login_attempts` does.
    """
    before = session_cookie.value()
    login = login_attempts.begin_browser_session(way, code)
    if isinstance(login, LoginStep):
        return _ask_for_code(login.token, EMPTY, HTTPStatus.OK)
    if before:
        with resources().transaction() as session:
            # Part of the login, which was recorded.
            acts.withdraw(session)
            browser_sessions.end(session, before)
    response = _continue(resumption.of_request())
    session_cookie.give(response, login)
    return response


def _continue(resume: resumption.Resumption) -> Response:
    if resume.fields:
        return render("login/resume.html", resume=resume)
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": next_page.local(resume.path)})


def _refusal(error: Unauthenticated | TooMany) -> Form:
    if isinstance(error, TooMany):
        return Form(problems={"": [_("There were too many attempts. Wait a minute.")]})
    return Form(problems={"": [refusals.translated(str(error))]})


def _form(form: Form, status: HTTPStatus) -> Response:
    return render(
        "login/login.html",
        status=status,
        form=form,
        email=request.form.get("email", ""),
        resume=resumption.of_request(),
        has_demo=demo.password() is not None,
    )


def _ask_for_code(token: str, form: Form, status: HTTPStatus) -> Response:
    return render(
        "login/code.html", status=status, form=form, step=token, resume=resumption.of_request()
    )
