"""Custom roles: permissions that the organization put together under a name."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Response, request

from domain.permissions import MAY_BE_CUSTOM, Permission
from models import CustomRole
from server.identity.principal import Call
from services import lookup
from services.access import custom_roles
from services.pagination import PageRequest
from web.access import choices
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import marked
from web.typed import single, versions

pages = Pages(
    "custom-roles",
    notices={
        "created": marked("The role was created. Give it to members, or in a project."),
        "changed": marked("The role was changed, for everybody who has it."),
        "deleted": marked("The role was deleted."),
    },
)

_ONE = "/settings/custom-roles/<uuid:custom_role_id>"


@pages.page("/settings/custom-roles", permission=Permission.MEMBER_READ)
def index(call: Call) -> Response:
    found = custom_roles.page(
        call.session, call.organization_id, PageRequest(cursor=request.args.get("cursor"))
    )
    return render(
        "custom_roles/list.html", call, active="settings", found=found, in_words=choices.in_words
    )


@pages.page("/settings/custom-roles/new", permission=Permission.MEMBER_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    return _form(call, form, None)


@pages.action(
    "/settings/custom-roles/new", permission=Permission.MEMBER_WRITE, again=new, proof=True
)
def create(call: Call) -> Response:
    custom_roles.create(
        call.session,
        call.organization_id,
        name=single.line("name"),
        permissions=request.form.getlist("permissions"),
        own=call.principal.permissions,
        now=call.now,
    )
    return see("custom-roles.index", notice="created")


@pages.page(_ONE, permission=Permission.MEMBER_READ)
def show(call: Call, custom_role_id: UUID, form: Form = EMPTY) -> Response:
    return _form(call, form, custom_roles.find(call.session, call.organization_id, custom_role_id))


@pages.action(_ONE, permission=Permission.MEMBER_WRITE, again=show, proof=True)
def change(call: Call, custom_role_id: UUID) -> Response:
    """Change a role, at once for everybody who has it."""
    name = single.line("name")
    stored = lookup.changing(
        call.session, CustomRole, call.organization_id, custom_role_id, "custom role"
    )
    versions.refuse_stale(stored.updated_at)
    custom_roles.change(
        call.session,
        call.organization_id,
        custom_role_id,
        name=name,
        permissions=request.form.getlist("permissions"),
        own=call.principal.permissions,
        now=call.now,
    )
    return see("custom-roles.show", notice="changed", custom_role_id=custom_role_id)


@pages.action(f"{_ONE}/delete", permission=Permission.MEMBER_WRITE, again=show)
def delete(call: Call, custom_role_id: UUID) -> Response:
    custom_roles.delete(
        call.session, call.organization_id, custom_role_id, own=call.principal.permissions
    )
    return see("custom-roles.index", notice="deleted")


def _form(call: Call, form: Form, role: CustomRole | None) -> Response:
    own = call.principal.permissions
    present = role.permissions if role else ()
    may_change = Permission.MEMBER_WRITE in own and own.issuperset(present)
    return render(
        "custom_roles/role.html",
        call,
        active="settings",
        role=role,
        form=form,
        seen=versions.shown(form, role.updated_at if role else None),
        may_change=may_change,
        table=_table(own & MAY_BE_CUSTOM if may_change else frozenset(map(Permission, present))),
        chosen=set(form.values("permissions", present)),
    )


def _table(offered: frozenset[Permission]) -> Mapping[str, Sequence[str]]:
    """Return the verbs that are offered of each noun."""
    found: dict[str, list[str]] = {}
    for each in Permission:
        if each in offered:
            noun, _colon, verb = each.partition(":")
            found.setdefault(noun, []).append(verb)
    return found
