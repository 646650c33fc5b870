"""Connections of the organization to identity providers."""

from uuid import UUID

from flask import Response, request

from domain.permissions import Permission, Role
from models import SsoConnection
from server.identity.principal import Call
from server.resources import resources
from services.errors import Invalid
from services.pagination import PageRequest
from services.sso import connections
from services.sso.connections import MOST_GROUPS, NOT_BY_MAP, ConnectionChanges, ConnectionValues
from services.sso.logins import callback, logout
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked
from web.typed.fields import Typed

pages = Pages(
    "sso-connections",
    notices={
        "created": marked("The connection was created. Register its addresses at the provider."),
        "saved": marked("The connection was changed."),
        "deleted": marked("The connection was deleted."),
    },
)

_ONE = "/settings/sso/<uuid:sso_connection_id>"
_ROLES = [each.value for each in Role if each not in NOT_BY_MAP]
_LONGEST_SECRET = 1000


@pages.page("/settings/sso", permission=Permission.ORGANIZATION_READ)
def index(call: Call) -> Response:
    found = connections.page(
        call.session, call.organization_id, PageRequest(cursor=request.args.get("cursor"))
    )
    return render("sso/list.html", call, active="settings", connections=found)


@pages.page("/settings/sso/new", permission=Permission.ORGANIZATION_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    return render("sso/new.html", call, active="settings", form=form, roles=_ROLES)


@pages.action("/settings/sso/new", permission=Permission.ORGANIZATION_WRITE, again=new, proof=True)
def create(call: Call) -> Response:
    given: ConnectionChanges = {
        **_changes(),
        "client_secret": _secret(),
        "enabled": "enabled" in request.form,
    }
    values = ConnectionValues(**given)
    made = connections.create(
        call.session,
        call.organization_id,
        values,
        own=call.principal.permissions,
        ring=resources().ring,
        now=call.now,
    )
    return see("sso-connections.show", notice="created", sso_connection_id=made.public_id)


@pages.page(_ONE, permission=Permission.ORGANIZATION_READ)
def show(call: Call, sso_connection_id: UUID, form: Form = EMPTY) -> Response:
    found = connections.find(call.session, call.organization_id, sso_connection_id)
    public_url = resources().settings.public_url
    return render(
        "sso/connection.html",
        call,
        active="settings",
        connection=found,
        callback=callback(found, public_url),
        logout=logout(found, public_url),
        groups=_shown(found),
        roles=_ROLES,
        form=form,
    )


@pages.action(_ONE, permission=Permission.ORGANIZATION_WRITE, again=show, proof=True)
def change(call: Call, sso_connection_id: UUID) -> Response:
    changes = _changes()
    changes["enabled"] = "enabled" in request.form
    if request.form.get("client_secret"):
        changes["client_secret"] = _secret()
    connections.change(
        call.session,
        call.organization_id,
        sso_connection_id,
        changes,
        own=call.principal.permissions,
        ring=resources().ring,
        now=call.now,
    )
    return see("sso-connections.show", notice="saved", sso_connection_id=sso_connection_id)


@pages.action(f"{_ONE}/delete", permission=Permission.ORGANIZATION_WRITE, again=show, proof=True)
def delete(call: Call, sso_connection_id: UUID) -> Response:
    connections.delete(call.session, call.organization_id, sso_connection_id)
    return see("sso-connections.index", notice="deleted")


def _changes() -> ConnectionChanges:
    """Read what a connection is, without its secret."""
    typed = Typed(request.form)
    changes: ConnectionChanges = {
        "name": typed.line("name"),
        "issuer": typed.line("issuer", longest=500),
        "client_id": typed.line("client_id", longest=255),
        "groups_claim": typed.line("groups_claim"),
        "verifies_addresses": "verifies_addresses" in request.form,
    }
    typed.refuse()
    changes["scopes"] = request.form.get("scopes", "").split()[:20]
    role = request.form.get("default_role", "")
    if role not in _ROLES:
        raise Invalid({"default_role": [_("Choose one of the roles.")]})
    changes["default_role"] = Role(role)
    changes["role_map"] = _role_map()
    return changes


def _role_map() -> dict[str, str]:
    """Read one group a line, with its role behind the last equals sign."""
    lines = [each.strip() for each in request.form.get("role_map", "").splitlines()]
    pairs = [each.rpartition("=") for each in lines if each]
    found = {group.strip(): role.strip() for group, _sign, role in pairs}
    if len(found) > MOST_GROUPS or not all(
        group and role in _ROLES for group, role in found.items()
    ):
        raise Invalid({"role_map": [_("Write one group a line, such as: operations = operator")]})
    return found


def _shown(connection: SsoConnection) -> str:
    return "\n".join(f"{group} = {role}" for group, role in connection.role_map.items())


def _secret() -> str:
    secret = request.form.get("client_secret", "").strip()
    if not 1 <= len(secret) <= _LONGEST_SECRET:
        raise Invalid({"client_secret": [_("Enter the secret of the client.")]})
    return secret
