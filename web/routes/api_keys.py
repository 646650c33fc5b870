"""API keys: made with some of one's own permissions, shown once, renewed with an overlap."""

from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from server.resources import resources
from services.machines import api_keys
from services.machines.api_keys import ApiKeyChanges, ApiKeyValues, ApiKeyView
from services.pagination import PageRequest
from web import machines
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import marked
from web.typed import single

pages = Pages(
    "api-keys",
    notices={
        "saved": marked("The API key was changed."),
        "deleted": marked("The API key was deleted. It no longer works."),
    },
)

_ONE = "/settings/api-keys/<uuid:api_key_id>"


@pages.page("/settings/api-keys", permission=Permission.MACHINE_READ)
def index(call: Call) -> Response:
    found = api_keys.page(
        call.session, call.organization_id, PageRequest(cursor=request.args.get("cursor"))
    )
    return render("api_keys/list.html", call, active="settings", found=found, now=call.now)


@pages.page("/settings/api-keys/new", permission=Permission.MACHINE_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    longest = call.now + api_keys.LONGEST_LIFE
    usual = call.now + api_keys.USUAL_LIFE
    return render(
        "api_keys/new.html",
        call,
        active="settings",
        form=form,
        scopes=machines.own_scopes(call),
        expires_at=single.as_typed(usual),
        longest=single.as_typed(longest),
    )


@pages.action("/settings/api-keys/new", permission=Permission.MACHINE_WRITE, again=new, proof=True)
def create(call: Call) -> Response:
    values = ApiKeyValues(
        name=single.line("name"),
        scopes=request.form.getlist("scopes"),
        networks=single.networks("networks"),
        expires_at=single.moment("expires_at"),
    )
    made = api_keys.create(
        call.session,
        call.organization_id,
        values,
        maker=call.maker,
        ring=resources().ring,
        now=call.now,
    )
    return _shown_once(call, made)


@pages.page(_ONE, permission=Permission.MACHINE_READ)
def show(call: Call, api_key_id: UUID, form: Form = EMPTY) -> Response:
    found = api_keys.find(call.session, call.organization_id, api_key_id)
    return render(
        "api_keys/key.html",
        call,
        active="settings",
        key=found.key,
        view=found,
        scopes=machines.own_scopes(call),
        may_change=machines.may_change(call, found.key.scopes),
        form=form,
        now=call.now,
    )


@pages.action(_ONE, permission=Permission.MACHINE_WRITE, again=show, proof=True)
def change(call: Call, api_key_id: UUID) -> Response:
    changes: ApiKeyChanges = {
        "name": single.line("name"),
        "scopes": request.form.getlist("scopes"),
        "networks": single.networks("networks"),
    }
    api_keys.change(
        call.session,
        call.organization_id,
        api_key_id,
        changes,
        own=call.principal.permissions,
        now=call.now,
    )
    return see("api-keys.index", notice="saved")


@pages.action(f"{_ONE}/rotate", permission=Permission.MACHINE_WRITE, again=show, proof=True)
def rotate(call: Call, api_key_id: UUID) -> Response:
    made = api_keys.rotate(
        call.session,
        call.organization_id,
        api_key_id,
        renewal=machines.renewal(call),
        ring=resources().ring,
        now=call.now,
    )
    return _shown_once(call, made)


@pages.action(f"{_ONE}/delete", permission=Permission.MACHINE_WRITE, proof=True)
def delete(call: Call, api_key_id: UUID) -> Response:
    api_keys.delete(call.session, call.organization_id, api_key_id)
    return see("api-keys.index", notice="deleted")


def _shown_once(call: Call, made: ApiKeyView) -> Response:
    return render(
        "api_keys/secret.html",
        call,
        active="settings",
        key=made.key,
        text=made.text,
        public_url=resources().settings.public_url,
    )
