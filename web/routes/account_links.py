"""Pages behind the account links in mails. Nothing changes until the form is submitted.

These pages need no login. Programs use the routes below `/auth` of the API instead.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus

from flask import Response, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from models.session import database_now
from security.links import LinkError, Links, Purpose
from server.limits import login_attempts, rate_limits
from server.limits.login_attempts import Way
from server.resources import resources
from services.accounts import email_changes, password_changes
from services.accounts.login import history
from services.closures import accounts as closed_accounts
from services.closures import organizations as closed_organizations
from services.errors import Conflict, Invalid, TooMany, Unauthenticated
from web import refusals
from web.forms import EMPTY, Form
from web.identity import session_cookie
from web.rendering import render
from web.routes import login
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked

pages = Pages("account-links")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """One kind of link: what its page asks for, and the action on submission."""

    title: str
    asks: str
    button: str
    act: Callable[[str, str], Response]
    """The action, which takes the token of the link and the password."""
    password: str = ""
    """The label of the password field, if the form has one."""
    is_new: bool = False
    """Whether the password is chosen here."""


def _log_in(way: Callable[[str, str], Way]) -> Callable[[str, str], Response]:
    return lambda token, password: login.begin(way(token, password))


def _alone(act: Callable[[Session, Links, datetime], object]) -> None:
    """Run an action that needs only the link, in a transaction of its own."""
    rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, rate_limits.address())
    with resources().transaction() as session:
        act(session, resources().links, database_now(session))


def _agree(purpose: Purpose, token: str, _password: str) -> Response:
    _alone(lambda session, links, now: email_changes.agree(session, links, purpose, token, now=now))
    return _done(_("Confirmed. The address changes as soon as both addresses have confirmed."))


def _reset(token: str, password: str) -> Response:
    network = rate_limits.address()
    _alone(
        lambda session, links, now: password_changes.reset(
            session, links, token=token, password=password, network=network, now=now
        )
    )
    return _done(_("The new password is set. You can log in now."))


def _restore_account(token: str, _password: str) -> Response:
    _alone(
        lambda session, links, now: closed_accounts.restore(session, links, token=token, now=now)
    )
    return _done(_("Your account is restored. You can log in now."))


def _restore_organization(token: str, _password: str) -> Response:
    _alone(
        lambda session, links, now: closed_organizations.restore(
            session, links, token=token, now=now
        )
    )
    return _done(_("The organization is restored. Its members can log in now."))


def _done(text: str) -> Response:
    return render("links/done.html", text=text)


def _disown(token: str, _password: str) -> Response:
    """End all sessions, and go on to the page of a new password."""
    rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, rate_limits.address())
    with resources().transaction() as session:
        now = database_now(session)
        reset = history.disown(session, resources().links, token=token, now=now)
    there = f"/links/{Purpose.PASSWORD_RESET}/{reset}"
    response = Response(status=HTTPStatus.SEE_OTHER, headers={"Location": there})
    session_cookie.take_back(response)
    return response


_LINKS = {
    Purpose.NOT_ME: _Link(
        title=marked("This login was not me"),
        asks=marked("All sessions of your account end, and you choose a new password."),
        button=marked("End all sessions"),
        act=_disown,
    ),
    Purpose.RESTORE_ACCOUNT: _Link(
        title=marked("Restore your account"),
        asks=marked("Your memberships, API keys and service accounts work again. Then log in."),
        button=marked("Restore"),
        act=_restore_account,
    ),
    Purpose.RESTORE_ORGANIZATION: _Link(
        title=marked("Restore the organization"),
        asks=marked("Its members have access again, and its monitors are checked within a minute."),
        button=marked("Restore"),
        act=_restore_organization,
    ),
    Purpose.REGISTRATION: _Link(
        title=marked("Confirm your account"),
        asks=marked("Enter the password that you registered with."),
        button=marked("Confirm"),
        password=marked("Password"),
        act=_log_in(
            lambda token, password: login_attempts.by_registration(token=token, password=password)
        ),
    ),
    Purpose.INVITATION: _Link(
        title=marked("Join the organization"),
        asks=marked(
            "Enter the password of your account. Without an account, choose one: at least 12"
            " characters."
        ),
        button=marked("Join"),
        password=marked("Password"),
        act=_log_in(
            lambda token, password: login_attempts.by_invitation(token=token, password=password)
        ),
    ),
    Purpose.PASSWORD_RESET: _Link(
        title=marked("Set a new password"),
        asks=marked("Choose a new password: at least 12 characters. All your sessions will end."),
        button=marked("Set the password"),
        password=marked("New password"),
        is_new=True,
        act=_reset,
    ),
    Purpose.EMAIL_ALLOW: _Link(
        title=marked("Approve the new address"),
        asks=marked("Change the address of your account?"),
        button=marked("Approve"),
        act=partial(_agree, Purpose.EMAIL_ALLOW),
    ),
    Purpose.EMAIL_CONFIRM: _Link(
        title=marked("Confirm your address"),
        asks=marked("Use this address for your account?"),
        button=marked("Confirm"),
        act=partial(_agree, Purpose.EMAIL_CONFIRM),
    ),
}
_STATUSES = {
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
}


def ask(purpose: Purpose, token: str) -> Response:
    """Show the form if the link can be valid."""
    try:
        resources().links.read(purpose, token, now=datetime.now(UTC))
    except LinkError:
        return render("links/invalid.html", status=HTTPStatus.NOT_FOUND)
    return _form(purpose, EMPTY)


def act(purpose: Purpose, token: str) -> Response:
    """Run the action of the form."""
    try:
        resources().links.read(purpose, token, now=datetime.now(UTC))
        return _LINKS[purpose].act(token, _password())
    except LinkError:
        return render("links/invalid.html", status=HTTPStatus.NOT_FOUND)
    except (Invalid, Conflict) as error:
        is_invalid = isinstance(error, Invalid)
        status = HTTPStatus.UNPROCESSABLE_ENTITY if is_invalid else HTTPStatus.CONFLICT
        return _form(purpose, Form.refused(request.form, error), status)
    except (Unauthenticated, TooMany) as error:
        form = Form(request.form, {"": [refusals.translated(str(error))]}, is_again=True)
        return _form(purpose, form, _STATUSES[type(error)])
    except (OperationalError, InterfaceError):
        return render("links/later.html", status=HTTPStatus.SERVICE_UNAVAILABLE)


for _purpose in _LINKS:
    for _view, _method in ((ask, "GET"), (act, "POST")):
        _bound = partial(_view, _purpose)
        _bound.__name__ = f"{_view.__name__}-{_purpose}"  # type: ignore[attr-defined]  # as Flask wants it
        pages.open_page(f"/links/{_purpose}/<token>", method=_method)(_bound)


def _form(purpose: Purpose, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return render("links/account.html", status=status, link=_LINKS[purpose], form=form)


def _password() -> str:
    password = request.form.get("password", "")
    if "\0" in password:
        raise Invalid({"password": [_("Contains characters that cannot be stored.")]})
    return password
