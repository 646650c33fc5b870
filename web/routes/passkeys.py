"""The passkeys of the reader: registering, renaming and removing them."""

import json
from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from server.identity.proofs import passkey_checks
from server.identity.restrictions import Reach
from server.limits import rate_limits
from services.accounts.login import passkeys
from services.accounts.login.passkeys import Answer
from web.forms import EMPTY, Form
from web.identity import passkey_answers
from web.rendering import render, see
from web.routing import Pages
from web.translations import marked
from web.typed import single

pages = Pages(
    "passkeys",
    notices={
        "added": marked("The passkey was added. You can log in with it from now on."),
        "saved": marked("The passkey was renamed."),
        "removed": marked("The passkey was removed."),
    },
)


@pages.page("/settings/passkeys", permission=Permission.ACCOUNT_READ, reach=Reach.ENROLMENT)
def index(call: Call, form: Form = EMPTY) -> Response:
    return render(
        "account/passkeys.html",
        call,
        active="settings",
        passkeys=passkeys.of_user(call.session, call.principal.user_id),
        most=passkeys.MOST,
        form=form,
    )


@pages.action(
    "/settings/passkeys",
    permission=Permission.ACCOUNT_WRITE,
    again=index,
    reach=Reach.ENROLMENT,
)
def begin(call: Call) -> Response:
    """Let the browser create a passkey, after the password was given again."""
    rate_limits.spend_proof(call.principal)
    name = single.line("name")
    options = passkeys.begin(
        call.session,
        call.principal.user_id,
        current_password=request.form.get("current_password", ""),
        checks=passkey_checks(),
        now=call.now,
    )
    return render(
        "account/passkey_offer.html",
        call,
        active="settings",
        name=name,
        options=json.dumps(options),
    )


@pages.action(
    "/settings/passkeys/confirm",
    permission=Permission.ACCOUNT_WRITE,
    again=index,
    reach=Reach.ENROLMENT,
)
def confirm(call: Call) -> Response:
    rate_limits.spend_proof(call.principal)
    passkeys.register(
        call.session,
        call.principal.user_id,
        Answer(single.line("name"), passkey_answers.credential()),
        session_id=call.principal.session_id,
        checks=passkey_checks(),
        now=call.now,
    )
    return see("passkeys.index", notice="added")


@pages.action("/settings/passkeys/<uuid:passkey_id>", permission=Permission.ACCOUNT_WRITE)
def rename(call: Call, passkey_id: UUID) -> Response:
    passkeys.rename(call.session, call.principal.user_id, passkey_id, single.line("name"))
    return see("passkeys.index", notice="saved")


@pages.page("/settings/passkeys/<uuid:passkey_id>/remove", permission=Permission.ACCOUNT_READ)
def ask_to_remove(call: Call, passkey_id: UUID, form: Form = EMPTY) -> Response:
    found = passkeys.find(call.session, call.principal.user_id, passkey_id)
    return render("account/passkey_remove.html", call, active="settings", passkey=found, form=form)


@pages.action(
    "/settings/passkeys/<uuid:passkey_id>/remove",
    permission=Permission.ACCOUNT_WRITE,
    again=ask_to_remove,
)
def remove(call: Call, passkey_id: UUID) -> Response:
    rate_limits.spend_proof(call.principal)
    passkeys.remove(
        call.session,
        call.principal.user_id,
        passkey_id,
        current_password=request.form.get("current_password", ""),
        now=call.now,
    )
    return see("passkeys.index", notice="removed")
