"""Pages behind the account links in mails. Nothing changes until the form is submitted.

These pages need no login. Programs use the routes below `/auth` instead.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus

from flask import Blueprint, Response, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from api.routes.pages import page
from models.session import database_now
from security.links import LinkError, Links, Purpose
from server.limits import login_attempts, rate_limits
from server.request.lifecycle import read_body
from server.resources import resources
from services.accounts import email_changes, password_changes
from services.errors import Conflict, Invalid, ServiceError, TooMany, Unauthenticated

blueprint = Blueprint("account_links", __name__, url_prefix="/links")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """One form: its fields, and the action on submission."""

    title: str
    asks: str
    button: str
    done: str
    act: Callable[[str, str], object]
    """The action, which takes the token of the link and the password."""
    password: str = ""
    """The label of the password field, if the form has one."""


def _alone(act: Callable[[Session, Links, datetime], object]) -> None:
    """Run an action that needs only the link, in a transaction of its own."""
    rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, rate_limits.address())
    with resources().transaction() as session:
        act(session, resources().links, database_now(session))


def _agree(purpose: Purpose) -> Callable[[str, str], object]:
    return lambda token, _: _alone(
        lambda session, links, now: email_changes.agree(session, links, purpose, token, now=now)
    )


_NEXT = "The address changes as soon as both addresses have confirmed."
_LOG_IN = "You can log in now."

_FORMS = {
    Purpose.REGISTRATION: _Form(
        title="Confirm your account",
        asks="Enter the password that you registered with.",
        button="Confirm",
        password="Password",  # noqa: S106 - a label
        done=f"Your account is confirmed. {_LOG_IN}",
        act=lambda token, password: login_attempts.attempt(
            login_attempts.by_registration(token=token, password=password)
        ),
    ),
    Purpose.INVITATION: _Form(
        title="Join the organization",
        asks="Enter the password of your account. Without an account, choose one: at least 12 characters.",
        button="Join",
        password="Password",  # noqa: S106 - a label
        done=f"You are a member of the organization. {_LOG_IN}",
        act=lambda token, password: login_attempts.attempt(
            login_attempts.by_invitation(token=token, password=password)
        ),
    ),
    Purpose.PASSWORD_RESET: _Form(
        title="Set a new password",
        asks="Choose a new password: at least 12 characters. All your sessions will end.",
        button="Set the password",
        password="New password",  # noqa: S106 - a label
        done=f"The new password is set. {_LOG_IN}",
        act=lambda token, password: _alone(
            lambda session, links, now: password_changes.reset(
                session,
                links,
                token=token,
                password=password,
                network=rate_limits.address(),
                now=now,
            )
        ),
    ),
    Purpose.EMAIL_ALLOW: _Form(
        title="Approve the new address",
        asks="Change the address of your account?",
        button="Approve",
        done=f"Confirmed. {_NEXT}",
        act=_agree(Purpose.EMAIL_ALLOW),
    ),
    Purpose.EMAIL_CONFIRM: _Form(
        title="Confirm your address",
        asks="Use this address for your account?",
        button="Confirm",
        done=f"Confirmed. {_NEXT}",
        act=_agree(Purpose.EMAIL_CONFIRM),
    ),
}
_STATUSES = {
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
}


def ask(purpose: Purpose, token: str) -> Response:
    """Show the form if the link can be valid."""
    try:
        resources().links.read(purpose, token, now=datetime.now(UTC))
    except LinkError:
        return page("link_invalid.html", HTTPStatus.NOT_FOUND)
    return page("account.html", form=_FORMS[purpose], problem="", is_done=False)


def act(purpose: Purpose, token: str) -> Response:
    """Run the action of the form."""
    read_body()
    form = _FORMS[purpose]
    try:
        resources().links.read(purpose, token, now=datetime.now(UTC))
        _do(form, token)
    except LinkError:
        return page("link_invalid.html", HTTPStatus.NOT_FOUND)
    except (Unauthenticated, Invalid, Conflict, TooMany) as error:
        status = _STATUSES[type(error)]
        return page("account.html", status, form=form, problem=_words(error), is_done=False)
    except (OperationalError, InterfaceError):
        return page("link_later.html", HTTPStatus.SERVICE_UNAVAILABLE)
    return page("account.html", form=form, problem="", is_done=True)


for _purpose in _FORMS:
    _rule = f"/{_purpose}/<token>"
    blueprint.get(_rule, endpoint=f"ask-{_purpose}")(partial(ask, _purpose))
    blueprint.post(_rule, endpoint=f"act-{_purpose}")(partial(act, _purpose))


def _do(form: _Form, token: str) -> None:
    password = request.form.get("password", "")
    if "\0" in password:
        raise Invalid({"password": ["Holds characters that cannot be stored."]})
    form.act(token, password)


def _words(error: ServiceError) -> str:
    if isinstance(error, Invalid):
        return " ".join(text for texts in error.problems.values() for text in texts)
    return str(error)
