"""The console's pages of a user: logins, mails, and the removal of a lost second factor."""

from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from services.operators import factor_resets, letters, operators, views
from web.forms import EMPTY, Form
from web.operating import acting, entered
from web.rendering import render, see
from web.routing import Pages
from web.translations import marked

pages = Pages(
    "operating-users",
    notices={
        "mailed": marked("The mail will be sent again."),
        "asked": marked("Another operator has 24 hours to confirm the removal."),
        "removed": marked("The second factor was removed, and all sessions were ended."),
        "refused": marked("The removal was refused."),
    },
)

_READ, _WRITE = Permission.ACCOUNT_READ, Permission.ACCOUNT_WRITE
_PATH = "/operator/users/<uuid:user_id>"


@pages.page(_PATH, permission=_READ)
def show(call: Call, user_id: UUID, form: Form = EMPTY, **_path: object) -> Response:
    with entered(call) as operator:
        seen = views.user(call.session, user_id)
        mails = letters.mails(call.session, seen.email)
        waiting = factor_resets.waiting(call.session, now=call.now)
    return render(
        "operating/user.html",
        call,
        active="operator",
        seen=seen,
        mails=mails,
        reset=next((each for each in waiting if each.user_id == user_id), None),
        operator=operator,
        form=form,
    )


@pages.page("/operator/factor-resets", permission=_READ)
def resets(call: Call, form: Form = EMPTY, **_path: object) -> Response:
    with entered(call) as operator:
        waiting = factor_resets.waiting(call.session, now=call.now)
    return render(
        "operating/resets.html",
        call,
        active="operator",
        waiting=waiting,
        operator=operator,
        form=form,
    )


@pages.action(f"{_PATH}/mails/<uuid:mail_id>", permission=_WRITE, again=show, proof=True)
def send_mail_again(call: Call, user_id: UUID, mail_id: UUID) -> Response:
    with acting(call) as operator:
        seen = views.user(call.session, user_id)
        letters.send_mail_again(call.session, seen.email, mail_id, now=call.now)
        chains = views.organizations_of(call.session, seen.key)
        operators.declare(call.session, operator, chains, ("user", seen.id, seen.email))
    return see("operating-users.show", notice="mailed", user_id=user_id)


@pages.action(f"{_PATH}/factor-reset", permission=_WRITE, again=show, proof=True)
def ask_reset(call: Call, user_id: UUID) -> Response:
    reason = operators.reason_of(request.form.get("reason", ""))
    with acting(call) as operator:
        seen = views.user(call.session, user_id)
        factor_resets.ask(call.session, seen, reason, operator, now=call.now)
        chains = views.organizations_of(call.session, seen.key)
        target = ("user", seen.id, seen.email)
        operators.declare(call.session, operator, chains, target, reason=reason)
    return see("operating-users.show", notice="asked", user_id=user_id)


@pages.action(
    "/operator/factor-resets/<uuid:reset_id>/confirm", permission=_WRITE, again=resets, proof=True
)
def confirm_reset(call: Call, reset_id: UUID) -> Response:
    with acting(call) as operator:
        reset = factor_resets.confirm(call.session, reset_id, operator, now=call.now)
        seen = views.user(call.session, reset.user_id)
        chains = views.organizations_of(call.session, seen.key)
        target = ("user", seen.id, seen.email)
        facts = {"reason": reset.reason, "asked_by": reset.asked_by}
        operators.declare(call.session, operator, chains, target, **facts)
    return see("operating-users.resets", notice="removed")


@pages.action(
    "/operator/factor-resets/<uuid:reset_id>/refuse", permission=_WRITE, again=resets, proof=True
)
def refuse_reset(call: Call, reset_id: UUID) -> Response:
    with acting(call) as operator:
        reset = factor_resets.refuse(call.session, reset_id, now=call.now)
        seen = views.user(call.session, reset.user_id)
        chains = views.organizations_of(call.session, seen.key)
        operators.declare(call.session, operator, chains, ("user", seen.id, seen.email))
    return see("operating-users.resets", notice="refused")
