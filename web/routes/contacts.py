"""Contacts: the people, teams and programs to notify."""

from collections.abc import Mapping
from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from models import Contact
from server.identity.principal import Call
from server.resources import contact_limits, resources
from services.contacts import contacts
from services.contacts.channels import ChannelValues
from services.contacts.contacts import ContactValues
from services.errors import Invalid
from services.escalation import uses
from services.outbox import latest as deliveries
from services.pagination import PageRequest
from web.contacts import channel_form, contact_form, status
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import marked
from web.typed import versions
from web.typed.fields import Typed, searched

pages = Pages(
    "contacts",
    notices={
        "created": marked("The contact was created."),
        "changed": marked("The contact was changed."),
        "deleted": marked("The contact was deleted. It is still notified when open outages end."),
        "channel-created": marked("The channel was added."),
        "channel-asked": marked("The channel was added. We sent it a request for consent."),
        "channel-changed": marked("The channel was changed."),
        "channel-deleted": marked(
            "The channel was deleted. It is still notified when open outages end."
        ),
        "asked": marked("We sent the request for consent again."),
        "tested": marked("A test message is on its way. Its channel shows whether it arrived."),
        "enabled": marked("The channel is enabled."),
    },
)

_QUICK = {"email": "email", "phone": "sms"}
"""The fields of a new contact that are channels, with their kinds."""


@pages.page("/contacts", permission=Permission.CONTACT_READ)
def index(call: Call) -> Response:
    """List the contacts, each with its channels and whether it can be reached."""
    text, cursor = searched(request.args.get("q", "")), request.args.get("cursor")
    page = contacts.page(call.session, call.organization_id, PageRequest(cursor=cursor), text=text)
    return render(
        "contacts/list.html",
        call,
        active="contacts",
        page=page,
        text=text,
        cursor=cursor,
        status_of=status.of_all,
    )


@pages.page("/contacts/new", permission=Permission.CONTACT_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    return _form(call, form, None)


@pages.action("/contacts", permission=Permission.CONTACT_WRITE, again=new)
def create(call: Call) -> Response:
    """Create a contact, with an email address and a phone number if they are given."""
    typed = Typed(request.form)
    values = contact_form.read(typed)
    typed.refuse()
    given = [name for name in _QUICK if typed.text(name)]
    channels = [ChannelValues(kind=_QUICK[name], address=typed.text(name)) for name in given]
    try:
        contact = contacts.create(
            call.session,
            call.organization_id,
            ContactValues(
                name=values["name"],
                time_zone=values["time_zone"],
                quiet_hours=values["quiet_hours"],
                channels=channels,
            ),
            limits=contact_limits(),
            now=call.now,
        )
    except Invalid as error:
        raise Invalid(_of_quick(error.problems, given)) from error
    return see("contacts.show", notice="created", contact_id=contact.public_id)


@pages.page("/contacts/<uuid:contact_id>", permission=Permission.CONTACT_READ)
def show(call: Call, contact_id: UUID) -> Response:
    """Show the channels of a contact, and what leads to it."""
    contact = contacts.find(call.session, call.organization_id, contact_id)
    keys = [channel.id for channel in contact.channels]
    return render(
        "contacts/show.html",
        call,
        active="contacts",
        contact=contact,
        uses=uses.of_contact(call.session, call.organization_id, contact_id),
        latest=deliveries.by_channel(call.session, call.organization_id, keys),
        status_of=status.of,
        rate_limits=status.rate_limits(contact, resources().settings.messages_per_minute),
        editable={each.id for each in contact.channels if channel_form.is_editable(each.kind)},
    )


@pages.page("/contacts/<uuid:contact_id>/edit", permission=Permission.CONTACT_WRITE)
def edit(call: Call, contact_id: UUID, form: Form = EMPTY) -> Response:
    contact = contacts.find(call.session, call.organization_id, contact_id)
    return _form(call, form, contact)


@pages.action("/contacts/<uuid:contact_id>/edit", permission=Permission.CONTACT_WRITE, again=edit)
def change(call: Call, contact_id: UUID) -> Response:
    typed = Typed(request.form)
    values = contact_form.read(typed)
    typed.refuse()
    versions.refuse_stale(
        contacts.locked(call.session, call.organization_id, contact_id).updated_at
    )
    contacts.change(
        call.session,
        call.organization_id,
        contact_id,
        values,
        limits=contact_limits(),
        now=call.now,
    )
    return see("contacts.show", notice="changed", contact_id=contact_id)


@pages.page("/contacts/<uuid:contact_id>/delete", permission=Permission.CONTACT_WRITE)
def ask(call: Call, contact_id: UUID, form: Form = EMPTY) -> Response:
    """Say what a deletion means, before it is done."""
    return render(
        "contacts/delete.html",
        call,
        active="contacts",
        contact=contacts.find(call.session, call.organization_id, contact_id),
        uses=uses.of_contact(call.session, call.organization_id, contact_id),
        form=form,
    )


@pages.action("/contacts/<uuid:contact_id>/delete", permission=Permission.CONTACT_WRITE, again=ask)
def delete(call: Call, contact_id: UUID) -> Response:
    contacts.delete(call.session, call.organization_id, contact_id, now=call.now)
    return see("contacts.index", notice="deleted")


def _form(call: Call, form: Form, contact: Contact | None) -> Response:
    return render(
        "contacts/edit.html",
        call,
        active="contacts",
        contact=contact,
        form=form,
        seen=versions.shown(form, contact.updated_at if contact else None),
        values=contact_form.shown(form, contact),
        labels=contact_form.labels(),
        zones=contact_form.zones(),
    )


def _of_quick(problems: Mapping[str, list[str]], given: list[str]) -> dict[str, list[str]]:
    """Name the fields of the form instead of the channels that they make."""
    named = {f"channels.{index}": name for index, name in enumerate(given)}
    return {
        next((name for at, name in named.items() if path.startswith(at)), path): texts
        for path, texts in problems.items()
    }
