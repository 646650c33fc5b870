"""Recipients: public keys for which answers and exports are encrypted."""

import json
from typing import Any
from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from services.errors import Invalid
from services.pagination import PageRequest
from services.recipients import recipients
from services.recipients.recipients import RecipientChanges, RecipientValues, RecipientView
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked
from web.typed import single

pages = Pages(
    "recipients",
    notices={
        "active": marked("The key was proven. Answers can be encrypted for it now."),
        "saved": marked("The recipient was changed."),
        "retired": marked("The recipient was retired. Nothing more is encrypted for it."),
        "deleted": marked("The recipient was deleted."),
    },
)

_ONE = "/settings/recipients/<uuid:recipient_id>"
_LONGEST_ANSWER = 200


@pages.page("/settings/recipients", permission=Permission.RECIPIENT_READ)
def index(call: Call) -> Response:
    found = recipients.page(
        call.session,
        call.organization_id,
        PageRequest(cursor=request.args.get("cursor")),
        now=call.now,
    )
    return render("recipients/list.html", call, active="settings", recipients=found)


@pages.page("/settings/recipients/new", permission=Permission.RECIPIENT_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    return render("recipients/new.html", call, active="settings", form=form)


@pages.action(
    "/settings/recipients/new", permission=Permission.RECIPIENT_WRITE, again=new, proof=True
)
def register(call: Call) -> Response:
    values = RecipientValues(
        name=single.line("name"), jwk=_key(), expires_at=single.moment("expires_at")
    )
    made = recipients.register(call.session, call.organization_id, values, now=call.now)
    return _challenged(call, made, EMPTY)


@pages.page(_ONE, permission=Permission.RECIPIENT_READ)
def show(call: Call, recipient_id: UUID, form: Form = EMPTY) -> Response:
    found = recipients.find(call.session, call.organization_id, recipient_id, now=call.now)
    return render(
        "recipients/recipient.html",
        call,
        active="settings",
        view=found,
        recipient=found.recipient,
        jwk=json.dumps(found.jwk, indent=2),
        expires_at=single.as_typed(found.recipient.expires_at),
        form=form,
    )


@pages.action(_ONE, permission=Permission.RECIPIENT_WRITE, again=show, proof=True)
def change(call: Call, recipient_id: UUID) -> Response:
    changes: RecipientChanges = {"name": single.line("name")}
    present = recipients.find(call.session, call.organization_id, recipient_id, now=call.now)
    if single.as_typed(present.recipient.expires_at) != request.form.get("expires_at", ""):
        changes["expires_at"] = single.moment("expires_at")
    recipients.change(call.session, call.organization_id, recipient_id, changes, now=call.now)
    return see("recipients.index", notice="saved")


@pages.action(f"{_ONE}/challenge", permission=Permission.RECIPIENT_WRITE, again=show)
def challenge(call: Call, recipient_id: UUID) -> Response:
    """Make another challenge. The last one no longer counts."""
    made = recipients.challenge(call.session, call.organization_id, recipient_id, now=call.now)
    return _challenged(call, made, EMPTY)


@pages.action(f"{_ONE}/confirm", permission=Permission.RECIPIENT_WRITE, again=show)
def confirm(call: Call, recipient_id: UUID) -> Response:
    answer = single.line("answer", longest=_LONGEST_ANSWER)
    recipients.confirm(call.session, call.organization_id, recipient_id, answer, now=call.now)
    return see("recipients.index", notice="active")


@pages.action(f"{_ONE}/retire", permission=Permission.RECIPIENT_WRITE, again=show, proof=True)
def retire(call: Call, recipient_id: UUID) -> Response:
    recipients.retire(call.session, call.organization_id, recipient_id, now=call.now)
    return see("recipients.index", notice="retired")


@pages.action(f"{_ONE}/delete", permission=Permission.RECIPIENT_WRITE, again=show, proof=True)
def delete(call: Call, recipient_id: UUID) -> Response:
    recipients.delete(call.session, call.organization_id, recipient_id)
    return see("recipients.index", notice="deleted")


def _key() -> dict[str, Any]:
    wrong = _("Must be one public key as a JSON object (JWK).")
    try:
        key = json.loads(request.form.get("jwk", ""))
    except (ValueError, RecursionError) as error:
        raise Invalid({"jwk": [wrong]}) from error
    if not isinstance(key, dict):
        raise Invalid({"jwk": [wrong]})
    return key


def _challenged(call: Call, made: RecipientView, form: Form) -> Response:
    return render(
        "recipients/challenge.html",
        call,
        active="settings",
        recipient=made.recipient,
        challenge=made.challenge,
        form=form,
    )
