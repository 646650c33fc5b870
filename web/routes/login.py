"""Log in, in one or two steps, prove the password again, choose the organization, log out."""

import json
from http import HTTPStatus
from uuid import UUID

from flask import Response, request, url_for

from config.demo import EMAIL as DEMO_EMAIL
from domain.permissions import Permission
from models.session import database_now
from server.identity.principal import Call
from server.identity.proofs import passkey_checks, prove_factor_of
from server.identity.restrictions import Reach
from server.limits import login_attempts, rate_limits
from server.limits.login_attempts import LoginStep, Way
from server.resources import resources
from services.accounts import accounts, browser_sessions
from services.accounts.login import factors, passkeys
from services.accounts.login.factors import Factor
from services.audit import acts
from services.errors import Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from web import demo, refusals
from web.forms import EMPTY, Form
from web.identity import next_page, passkey_answers, resumption, session_cookie
from web.rendering import render
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked

pages = Pages("login", notices={"logged-out": marked("You are logged out.")})

_REFUSED = {
    Forbidden: HTTPStatus.FORBIDDEN,
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
        return begin(way, Factor(code))
    except Forbidden as error:
        return _form(_refusal(error), HTTPStatus.FORBIDDEN)
    except TooMany as error:
        return _ask_for_code(token, _refusal(error), HTTPStatus.TOO_MANY_REQUESTS)
    except Unauthenticated as error:
        if error.by_code:
            wrong = Form(problems={"code": [_("This code is wrong or was used before.")]})
            return _ask_for_code(token, wrong, HTTPStatus.UNAUTHORIZED)
        return _form(_refusal(error), HTTPStatus.UNAUTHORIZED)


@pages.open_page("/login/code/passkey", method="POST")
def give_passkey() -> Response:
    """Begin a session by a passkey, after the password was right."""
    token = request.form.get("step", "")
    way = login_attempts.by_first_step(token=token, refresh_token=session_cookie.device())
    try:
        return begin(way, Factor(passkey=passkey_answers.credential()))
    except Forbidden as error:
        return _form(_refusal(error), HTTPStatus.FORBIDDEN)
    except TooMany as error:
        return _ask_for_code(token, _refusal(error), HTTPStatus.TOO_MANY_REQUESTS)
    except Unauthenticated as error:
        if error.by_code:
            return _ask_for_code(token, _refusal(error), HTTPStatus.UNAUTHORIZED)
        return _form(_refusal(error), HTTPStatus.UNAUTHORIZED)


@pages.open_page("/login/passkey", method="POST")
def use_passkey() -> Response:
    """Begin a session by a passkey alone."""
    credential = passkey_answers.credential()
    way = login_attempts.by_passkey(credential=credential, refresh_token=session_cookie.device())
    try:
        return begin(way)
    except (Unauthenticated, TooMany, Forbidden) as error:
        return _form(_refusal(error), _REFUSED[type(error)])


@pages.open_page("/login/passkey/options", method="POST")
def passkey_options() -> Response:
    """Answer a script with the options by which the browser uses a passkey."""
    rate_limits.spend(rate_limits.RENEWALS, rate_limits.address())
    with resources().transaction() as session:
        now = database_now(session)
    body = json.dumps(passkeys.request_options(passkey_checks(), now=now))
    return Response(body, HTTPStatus.OK, mimetype="application/json")


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
    browser_sessions.switch(call.session, _session_id(call), organization_id, now=call.now)
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/"})


@pages.page("/proof", permission=Permission.ACCOUNT_READ)
def ask_for_proof(call: Call, form: Form = EMPTY) -> Response:
    """Ask for the password again, before an act that is hard to undo."""
    return render("login/proof.html", call, form=form, resume=resumption.of_request())


@pages.action("/proof", permission=Permission.ACCOUNT_WRITE, again=ask_for_proof)
def prove(call: Call) -> Response:
    """Record that the user of this browser is the owner of the account."""
    rate_limits.spend_proof(call.principal)
    if request.form.get("credential"):
        _prove_by_passkey(call)
    else:
        code = request.form.get("code", "").strip()
        password = request.form.get("password", "")
        user = accounts.prove(call.session, call.principal.user_id, password)
        prove_factor_of(call.session, user, Factor(code), call.now)
    browser_sessions.prove(call.session, _session_id(call), now=call.now)
    return _continue(resumption.of_request())


def _prove_by_passkey(call: Call) -> None:
    answer, user_id = passkey_answers.credential(), call.principal.user_id
    try:
        passkeys.use(call.session, answer, of=user_id, checks=passkey_checks(), now=call.now)
    except Unauthenticated as error:
        raise Invalid({"": [str(error)]}) from error


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
    except (Unauthenticated, TooMany, Forbidden) as error:
        return _form(_refusal(error), _REFUSED[type(error)])


def begin(way: Way, factor: Factor = factors.NONE) -> Response:
    """Begin a session and go on, or ask for the code of the second factor.

    Raise `Unauthenticated` or `TooMany` as `login_attempts` does.
    """
    before = session_cookie.value()
    cookie = session_cookie.browser()
    login = login_attempts.begin_browser_session(way, factor, cookie=cookie)
    if isinstance(login, LoginStep):
        return _ask_for_code(login.token, EMPTY, HTTPStatus.OK)
    if before:
        with resources().transaction() as session:
            # Part of the login, which was recorded.
            acts.withdraw(session)
            browser_sessions.end(session, before)
    response = _continue(resumption.of_request())
    session_cookie.give(response, login)
    session_cookie.know_browser(response, cookie)
    return response


def _continue(resume: resumption.Resumption) -> Response:
    if resume.fields:
        return render("login/resume.html", resume=resume)
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": next_page.local(resume.path)})


def _refusal(error: Unauthenticated | TooMany | Forbidden) -> Form:
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
