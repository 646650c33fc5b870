"""Contact groups: contacts that are notified together."""

from collections.abc import Mapping
from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from models import Contact, ContactGroup
from server.identity.principal import Call
from services import lookup
from services.contacts import groups as contact_groups
from services.contacts.groups import MOST_MEMBERS, ContactGroupView
from services.escalation import uses
from services.pagination import PageRequest
from services.projects.projects import UNCHANGED
from web.access.choices import own_projects, project_of
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked
from web.typed import versions
from web.typed.fields import Typed, searched

pages = Pages(
    "groups",
    notices={
        "created": marked("The group was created."),
        "changed": marked("The group was changed."),
        "deleted": marked("The group was deleted. Its contacts and monitors remain."),
    },
)

_MOST_CHOICES = 1000
_GROUP = "/groups/<uuid:group_id>"


@pages.page("/groups", permission=Permission.CONTACT_READ)
def index(call: Call) -> Response:
    """List the groups with their members."""
    text, cursor = searched(request.args.get("q", "")), request.args.get("cursor")
    page = contact_groups.page(
        call.session, call.organization_id, PageRequest(cursor=cursor), text=text
    )
    members = [contact_id for view in page.items for contact_id in view.contact_ids]
    return render(
        "groups/list.html",
        call,
        active="contacts",
        page=page,
        text=text,
        cursor=cursor,
        names=lookup.names(call.session, Contact, call.organization_id, members),
    )


@pages.page("/groups/new", permission=Permission.CONTACT_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    return _form(call, form, None)


@pages.action("/groups", permission=Permission.CONTACT_WRITE, again=new)
def create(call: Call) -> Response:
    name, contact_ids, project_id = _read()
    group = contact_groups.create(
        call.session,
        call.organization_id,
        name=name,
        contact_ids=contact_ids,
        project_id=project_id,
        now=call.now,
    )
    return see("groups.show", notice="created", group_id=group.public_id)


@pages.page(_GROUP, permission=Permission.CONTACT_READ)
def show(call: Call, group_id: UUID) -> Response:
    """Show the members of a group, and what leads to it."""
    view = contact_groups.find(call.session, call.organization_id, group_id)
    return render(
        "groups/show.html",
        call,
        active="contacts",
        view=view,
        names=lookup.names(call.session, Contact, call.organization_id, view.contact_ids),
        uses=uses.of_group(call.session, call.organization_id, group_id),
        project=project_of(call, view.project_id),
    )


@pages.page(f"{_GROUP}/edit", permission=Permission.CONTACT_WRITE)
def edit(call: Call, group_id: UUID, form: Form = EMPTY) -> Response:
    return _form(call, form, contact_groups.find(call.session, call.organization_id, group_id))


@pages.action(f"{_GROUP}/edit", permission=Permission.CONTACT_WRITE, again=edit)
def change(call: Call, group_id: UUID) -> Response:
    name, contact_ids, project_id = _read()
    group = lookup.changing(
        call.session, ContactGroup, call.organization_id, group_id, "contact group"
    )
    versions.refuse_stale(group.updated_at)
    contact_groups.change(
        call.session,
        call.organization_id,
        group_id,
        name=name,
        contact_ids=contact_ids,
        # A form that was opened before there was any project does not ask for one.
        project_id=project_id if "project_id" in request.form else UNCHANGED,
        now=call.now,
    )
    return see("groups.show", notice="changed", group_id=group_id)


@pages.page(f"{_GROUP}/delete", permission=Permission.CONTACT_WRITE)
def ask(call: Call, group_id: UUID) -> Response:
    """Say what a deletion means, before it is done."""
    return render(
        "groups/delete.html",
        call,
        active="contacts",
        group=contact_groups.find(call.session, call.organization_id, group_id).group,
        uses=uses.of_group(call.session, call.organization_id, group_id),
    )


@pages.action(f"{_GROUP}/delete", permission=Permission.CONTACT_WRITE)
def delete(call: Call, group_id: UUID) -> Response:
    contact_groups.delete(call.session, call.organization_id, group_id)
    return see("groups.index", notice="deleted")


def _read() -> tuple[str, list[UUID], UUID | None]:
    typed = Typed(request.form)
    name = typed.line("name")
    given = dict.fromkeys(request.form.getlist("contact_ids"))
    contact_ids = [typed.as_uuid("contact_ids", text) for text in given]
    if len(contact_ids) > MOST_MEMBERS:
        typed.fail("contact_ids", _("Choose at most %(most)s contacts.") % {"most": MOST_MEMBERS})
    project_id = typed.uuid("project_id") if typed.text("project_id") else None
    typed.refuse()
    return name, contact_ids, project_id


def _form(call: Call, form: Form, view: ContactGroupView | None) -> Response:
    members = view.contact_ids if view else request.args.getlist("contact")
    present = view.contact_ids if view else ()
    choices = {
        **lookup.names(call.session, Contact, call.organization_id, present),
        **lookup.by_name(call.session, Contact, call.organization_id, most=_MOST_CHOICES),
    }
    return render(
        "groups/edit.html",
        call,
        active="contacts",
        group=view.group if view else None,
        form=form,
        seen=versions.shown(form, view.group.updated_at if view else None),
        labels={
            "name": _("Name"),
            "contact_ids": _("Contacts"),
            "project_id": _("Project"),
        },
        projects=own_projects(call),
        project=(view.project_id if view else None) or "",
        choices=[{"value": str(each), "label": name} for each, name in _by_name(choices)],
        chosen=set(form.values("contact_ids", members)),
    )


def _by_name(choices: Mapping[UUID, str]) -> list[tuple[UUID, str]]:
    return sorted(choices.items(), key=lambda each: (each[1].casefold(), each[0]))
