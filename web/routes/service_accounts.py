"""Service accounts: systems that exchange a proof for short-lived tokens."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, request

from domain.machines import AT_THE_TOKEN_ENDPOINT, Scheme
from domain.permissions import Permission
from server.identity.principal import Call
from server.resources import resources
from services.errors import Invalid
from services.machines import service_accounts
from services.machines.service_accounts import (
    ServiceAccountChanges,
    ServiceAccountValues,
    ServiceAccountView,
)
from services.pagination import PageRequest
from web import machines
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked
from web.typed import single

pages = Pages(
    "service-accounts",
    notices={
        "created": marked("The service account was created."),
        "saved": marked("The service account was changed."),
        "ended": marked("All of its tokens have ended."),
        "deleted": marked("The service account was deleted, with all of its tokens."),
    },
)

_ONE = "/settings/service-accounts/<uuid:account_id>"
_MOST_KEYS = 5


@pages.page("/settings/service-accounts", permission=Permission.MACHINE_READ)
def index(call: Call) -> Response:
    found = service_accounts.page(
        call.session, call.organization_id, PageRequest(cursor=request.args.get("cursor"))
    )
    return render("service_accounts/list.html", call, active="settings", accounts=found)


@pages.page("/settings/service-accounts/new", permission=Permission.MACHINE_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    return render(
        "service_accounts/new.html",
        call,
        active="settings",
        form=form,
        schemes=AT_THE_TOKEN_ENDPOINT,
        scopes=machines.own_scopes(call),
    )


@pages.action(
    "/settings/service-accounts/new", permission=Permission.MACHINE_WRITE, again=new, proof=True
)
def create(call: Call) -> Response:
    made = service_accounts.create(
        call.session,
        call.organization_id,
        _values(),
        maker=call.maker,
        ring=resources().ring,
        now=call.now,
    )
    if made.secret is None:
        return see("service-accounts.show", notice="created", account_id=made.account.public_id)
    return _shown_once(call, made)


@pages.page(_ONE, permission=Permission.MACHINE_READ)
def show(call: Call, account_id: UUID, form: Form = EMPTY) -> Response:
    found = service_accounts.find(call.session, call.organization_id, account_id)
    return render(
        "service_accounts/account.html",
        call,
        active="settings",
        account=found.account,
        jwks=json.dumps(found.account.jwks or [], indent=2),
        scopes=machines.own_scopes(call),
        may_change=machines.may_change(call, found.account.scopes),
        form=form,
        now=call.now,
    )


@pages.action(_ONE, permission=Permission.MACHINE_WRITE, again=show, proof=True)
def change(call: Call, account_id: UUID) -> Response:
    account = service_accounts.find(call.session, call.organization_id, account_id).account
    changes: ServiceAccountChanges = {
        "name": single.line("name"),
        "scopes": request.form.getlist("scopes"),
    }
    if account.scheme is Scheme.PRIVATE_KEY_JWT and (keys := _keys()) != (account.jwks or []):
        changes["keys"] = keys
    if account.scheme is Scheme.TLS_CLIENT_AUTH:
        thumbprint = single.line("certificate_thumbprint")
        if thumbprint != account.certificate_thumbprint:
            changes["certificate_thumbprint"] = thumbprint
    if (disabled := "disabled" in request.form) != account.disabled:
        changes["disabled"] = disabled
    service_accounts.change(
        call.session,
        call.organization_id,
        account_id,
        changes,
        own=call.principal.permissions,
        now=call.now,
    )
    return see("service-accounts.index", notice="saved")


@pages.action(f"{_ONE}/rotate", permission=Permission.MACHINE_WRITE, again=show, proof=True)
def rotate(call: Call, account_id: UUID) -> Response:
    made = service_accounts.rotate(
        call.session,
        call.organization_id,
        account_id,
        renewal=machines.renewal(call),
        ring=resources().ring,
        now=call.now,
    )
    return _shown_once(call, made)


@pages.action(f"{_ONE}/end-tokens", permission=Permission.MACHINE_WRITE)
def end_tokens(call: Call, account_id: UUID) -> Response:
    service_accounts.end_tokens(call.session, call.organization_id, account_id)
    return see("service-accounts.show", notice="ended", account_id=account_id)


@pages.action(f"{_ONE}/delete", permission=Permission.MACHINE_WRITE, proof=True)
def delete(call: Call, account_id: UUID) -> Response:
    service_accounts.delete(call.session, call.organization_id, account_id)
    return see("service-accounts.index", notice="deleted")


def _values() -> ServiceAccountValues:
    try:
        scheme = Scheme(request.form.get("scheme", ""))
    except ValueError as error:
        raise Invalid({"scheme": [_("Choose one of these.")]}) from error
    if scheme not in AT_THE_TOKEN_ENDPOINT:
        raise Invalid({"scheme": [_("Choose one of these.")]})
    by_certificate = scheme is Scheme.TLS_CLIENT_AUTH
    return ServiceAccountValues(
        name=single.line("name"),
        scheme=scheme,
        scopes=request.form.getlist("scopes"),
        keys=_keys() if scheme is Scheme.PRIVATE_KEY_JWT else (),
        certificate_thumbprint=(single.line("certificate_thumbprint") if by_certificate else None),
    )


def _keys() -> list[Mapping[str, Any]]:
    wrong = _("Must be a JSON list of 1 to 5 public keys (JWK).")
    try:
        keys = json.loads(request.form.get("keys", ""))
    except (ValueError, RecursionError) as error:
        raise Invalid({"keys": [wrong]}) from error
    found = keys if isinstance(keys, list) else [keys]
    if not 1 <= len(found) <= _MOST_KEYS or not all(isinstance(each, dict) for each in found):
        raise Invalid({"keys": [wrong]})
    return found


def _shown_once(call: Call, made: ServiceAccountView) -> Response:
    return render(
        "service_accounts/secret.html",
        call,
        active="settings",
        account=made.account,
        secret=made.secret,
        public_url=resources().settings.public_url,
    )
