"""Before a login: ask for an account, or for a new password. The answers go out by mail."""

from collections.abc import Callable

from flask import Response, request

from models.session import database_now
from server.limits import mail_limits, rate_limits
from server.resources import resources
from services.accounts import password_changes, registrations
from services.errors import Conflict, Invalid, TooMany
from web.forms import EMPTY, Form
from web.rendering import render
from web.routing import Pages
from web.translations import gettext as _

pages = Pages("accounts")

_LONGEST = {"email": 254, "organization_name": 100, "password": 256}


@pages.open_page("/register")
def show_registration() -> Response:
    return _registration(EMPTY)


@pages.open_page("/register", method="POST")
def register() -> Response:
    """Mail a link that confirms the account. Every address gets the same answer."""
    values = {name: request.form.get(name, "").strip("\r\n") for name in _LONGEST}
    try:
        _check_shapes(values)
        rate_limits.spend(rate_limits.REGISTRATIONS, rate_limits.address())
        mail_limits.spend_registration(values["email"])
        with resources().transaction() as session:
            registrations.ask(session, **values, now=database_now(session))
    except (Invalid, Conflict) as error:
        return _refused(_registration, Form.refused(request.form, error))
    except TooMany:
        return _refused(_registration, _too_many())
    return _mailed(values["email"], _("It has a link that opens your account."))


@pages.open_page("/forgot")
def show_reset() -> Response:
    return _reset(EMPTY)


@pages.open_page("/forgot", method="POST")
def forgot() -> Response:
    """Mail a link that sets a new password, if the address has an account."""
    email = request.form.get("email", "").strip()
    try:
        _check_shapes({"email": email})
        rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, rate_limits.address())
        mail_limits.spend_reset(email)
        with resources().transaction() as session:
            password_changes.ask(session, email=email, now=database_now(session))
    except Invalid as error:
        return _refused(_reset, Form.refused(request.form, error))
    except TooMany:
        return _refused(_reset, _too_many())
    return _mailed(email, _("If the address has an account, it has a link to set a new password."))


def _check_shapes(values: dict[str, str]) -> None:
    problems = {
        name: [_("Enter 1 to %(most)s characters.") % {"most": _LONGEST[name]}]
        for name, value in values.items()
        if not 0 < len(value) <= _LONGEST[name] or "\0" in value
    }
    if problems:
        raise Invalid(problems)


def _too_many() -> Form:
    typed = request.form
    return Form(typed, {"": [_("There were too many requests. Try again later.")]}, is_again=True)


def _registration(form: Form) -> Response:
    return render("accounts/register.html", form=form)


def _reset(form: Form) -> Response:
    return render("accounts/forgot.html", form=form)


def _refused(show: Callable[[Form], Response], form: Form) -> Response:
    response = show(form)
    response.status_code = 422
    return response


def _mailed(email: str, says: str) -> Response:
    return render("accounts/mailed.html", email=email, says=says)
