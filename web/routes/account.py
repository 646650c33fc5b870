"""The account of the reader: address, password, second factor, sessions, own data, its end."""

from http import HTTPStatus
from uuid import UUID

import segno
from flask import Response, request
from markupsafe import Markup

from domain.permissions import Permission
from models.session import act_for
from security.login import authenticator
from server.identity.principal import Call
from server.identity.restrictions import Reach
from server.limits import mail_limits, rate_limits
from server.request import downloads
from server.resources import resources
from services.accounts import (
    accounts,
    email_changes,
    members,
    password_changes,
    personal_data,
    second_factors,
)
from services.accounts import sessions as user_sessions
from services.accounts.login import history
from services.closures import accounts as closed_accounts
from web import preferences
from web.forms import EMPTY, Form
from web.identity import agents, session_cookie
from web.rendering import render, see
from web.routing import Pages
from web.translations import marked

_LONGEST_SECRET = 64
_MOST_LOGINS = 200

pages = Pages(
    "account",
    notices={
        "password": marked("Your password is changed. All other sessions have ended."),
        "mailed": marked(
            "An email is on its way to both addresses. The readers of both must agree."
        ),
        "ended": marked("The session has ended."),
        "all-ended": marked("All other sessions have ended."),
        "removed": marked("The second factor is removed."),
    },
)


@pages.page("/settings/account", permission=Permission.ACCOUNT_READ)
def show(call: Call, form: Form = EMPTY) -> Response:
    return render(
        "account/account.html",
        call,
        active="settings",
        form=form,
        zones=sorted(preferences.zones()),
    )


@pages.action("/settings/account/password", permission=Permission.ACCOUNT_WRITE, again=show)
def change_password(call: Call) -> Response:
    rate_limits.spend_proof(call.principal)
    password_changes.change(
        call.session,
        call.principal.user_id,
        current_password=request.form.get("current_password", ""),
        new_password=request.form.get("password", ""),
        session_id=call.principal.session_id,
        now=call.now,
    )
    return see("account.show", notice="password")


@pages.action("/settings/account/email", permission=Permission.ACCOUNT_WRITE, again=show)
def change_email(call: Call) -> Response:
    rate_limits.spend_proof(call.principal)
    email = request.form.get("email", "")
    mail_limits.spend_address_change(email, call.principal.user_id)
    email_changes.ask(
        call.session,
        call.principal.user_id,
        current_password=request.form.get("current_password", ""),
        email=email,
        now=call.now,
    )
    return see("account.show", notice="mailed")


@pages.page("/settings/account/data", permission=Permission.ACCOUNT_READ)
def show_data(call: Call, form: Form = EMPTY) -> Response:
    """Show all that is stored about the reader, in all organizations."""
    own = personal_data.of_user(call.session, call.principal.user_id)
    act_for(call.session, call.organization_id)
    return render("account/data.html", call, active="settings", own=own, form=form)


@pages.action("/settings/account/data/export", permission=Permission.ACCOUNT_WRITE, again=show_data)
def export_data(call: Call) -> Response:
    rate_limits.spend_proof(call.principal)
    recipient = request.form.get("recipient", "").strip() or None
    file = personal_data.export(
        call.session,
        call.principal.user_id,
        current_password=request.form.get("current_password", ""),
        recipient=recipient,
        now=call.now,
    )
    act_for(call.session, call.organization_id)
    return downloads.of_export(file, "personal-data", is_encrypted=recipient is not None)


@pages.page("/settings/account/leave", permission=Permission.PROFILE_READ)
def ask_to_leave(call: Call) -> Response:
    return render("account/leave.html", call, active="settings")


@pages.action("/settings/account/leave", permission=Permission.PROFILE_WRITE)
def leave(call: Call) -> Response:
    members.leave(call.session, call.organization_id, call.principal.user_id)
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/"})


@pages.page("/settings/account/delete", permission=Permission.ACCOUNT_READ)
def ask_to_delete(call: Call, form: Form = EMPTY) -> Response:
    return render("account/delete.html", call, active="settings", form=form)


@pages.action("/settings/account/delete", permission=Permission.ACCOUNT_WRITE, again=ask_to_delete)
def delete(call: Call) -> Response:
    rate_limits.spend_proof(call.principal)
    password = request.form.get("current_password", "")
    closed_accounts.close(
        call.session, call.principal.user_id, current_password=password, now=call.now
    )
    response = render("account/deleted.html")
    session_cookie.take_back(response)
    return response


@pages.page("/settings/sessions", permission=Permission.ACCOUNT_READ)
def list_sessions(call: Call) -> Response:
    own = user_sessions.of_user(call.session, call.principal.user_id)
    return render(
        "account/sessions.html",
        call,
        active="settings",
        sessions=own,
        this=call.principal.session_id,
        named=agents.named,
    )


@pages.page("/settings/logins", permission=Permission.ACCOUNT_READ)
def list_logins(call: Call) -> Response:
    """Show the newest attempts to log in to the account."""
    found = history.newest(call.session, call.principal.user_id, most=_MOST_LOGINS)
    return render("account/logins.html", call, active="settings", logins=found)


@pages.action("/settings/sessions/others/end", permission=Permission.ACCOUNT_WRITE)
def end_others(call: Call) -> Response:
    user_sessions.end_all(call.session, call.principal.user_id, but=call.principal.session_id)
    return see("account.list_sessions", notice="all-ended")


@pages.action("/settings/sessions/<uuid:session_id>/end", permission=Permission.ACCOUNT_WRITE)
def end_session(call: Call, session_id: UUID) -> Response:
    user_sessions.end_own(call.session, call.principal.user_id, session_id)
    return see("account.list_sessions", notice="ended")


@pages.page("/settings/second-factor", permission=Permission.ACCOUNT_READ, reach=Reach.ENROLMENT)
def show_second_factor(call: Call, form: Form = EMPTY) -> Response:
    status = second_factors.status(call.session, call.principal.user_id)
    return render(
        "account/second_factor.html", call, active="settings", form=form, second_factor=status
    )


@pages.action(
    "/settings/second-factor",
    permission=Permission.ACCOUNT_WRITE,
    again=show_second_factor,
    reach=Reach.ENROLMENT,
)
def begin_second_factor(call: Call) -> Response:
    """Show the secret for an app, once. It takes effect with the first right code."""
    rate_limits.spend_proof(call.principal)
    offer = second_factors.begin(
        call.session,
        call.principal.user_id,
        current_password=request.form.get("current_password", ""),
        ring=resources().ring,
        now=call.now,
    )
    return _offer(call, offer.secret, EMPTY)


def offer_again(call: Call, form: Form) -> Response:
    """Show the secret again after a wrong code. The form has carried it."""
    return _offer(call, form.value("secret")[:_LONGEST_SECRET], form)


@pages.action(
    "/settings/second-factor/confirm",
    permission=Permission.ACCOUNT_WRITE,
    again=offer_again,
    reach=Reach.ENROLMENT,
)
def confirm_second_factor(call: Call) -> Response:
    rate_limits.spend_proof(call.principal)
    codes = second_factors.confirm(
        call.session,
        call.principal.user_id,
        code=request.form.get("code", "").strip(),
        session_id=call.principal.session_id,
        ring=resources().ring,
        now=call.now,
    )
    return render("account/recovery_codes.html", call, active="settings", codes=codes)


@pages.action(
    "/settings/second-factor/remove", permission=Permission.ACCOUNT_WRITE, again=show_second_factor
)
def remove_second_factor(call: Call) -> Response:
    rate_limits.spend_proof(call.principal)
    second_factors.remove(
        call.session,
        call.principal.user_id,
        current_password=request.form.get("current_password", ""),
        code=request.form.get("code", "").strip(),
        ring=resources().ring,
        now=call.now,
    )
    return see("account.show_second_factor", notice="removed")


def _offer(call: Call, secret: str, form: Form) -> Response:
    email = accounts.profile(call.session, call.organization_id, call.principal.user_id).user.email
    address = authenticator.address(secret, email)
    # The drawing is ours: what it encodes is only in its squares.
    drawing = segno.make(address, micro=False).svg_inline(scale=5, border=2)
    code = Markup(drawing)  # noqa: S704  # nosec B704
    return render(
        "account/offer.html", call, active="settings", secret=secret, code=code, form=form
    )
