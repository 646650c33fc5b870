"""The channels of a contact, and the acts on one channel."""

from datetime import timedelta
from uuid import UUID

from flask import Response, request
from werkzeug.exceptions import NotFound as NoSuchPage

from domain.permissions import Permission
from models import Channel
from notifiers.registry import KINDS
from server.identity.principal import Call
from server.resources import contact_limits
from services.contacts import channel_health, channels, contacts, opt_in, test_messages
from services.contacts.channel_settings import LONGEST_OVERLAP, USUAL_OVERLAP
from services.contacts.channels import ChannelValues
from services.errors import Invalid
from web.contacts import channel_form
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routes import contacts as contact_pages
from web.routing import Pages
from web.translations import gettext as _
from web.typed.fields import Typed

pages = Pages("channels", notices=contact_pages.pages.notices)

_CONTACT = "/contacts/<uuid:contact_id>"
_CHANNEL = f"{_CONTACT}/channels/<uuid:channel_id>"
_HOUR = 3600


@pages.page(f"{_CONTACT}/channels/new", permission=Permission.CONTACT_WRITE)
def choose(call: Call, contact_id: UUID) -> Response:
    """Choose the kind of a new channel."""
    contact = contacts.find(call.session, call.organization_id, contact_id)
    return render(
        "contacts/channel_kinds.html", call, active="contacts", contact=contact, kinds=list(KINDS)
    )


@pages.page(f"{_CONTACT}/channels/new/<kind>", permission=Permission.CONTACT_WRITE)
def new(call: Call, contact_id: UUID, kind: str, form: Form = EMPTY) -> Response:
    contact = contacts.find(call.session, call.organization_id, contact_id)
    return render(
        "contacts/channel_new.html",
        call,
        active="contacts",
        contact=contact,
        kind=_known(kind),
        fields=channel_form.fields(kind, typed=form.typed if form.is_again else None),
        labels=channel_form.labels(kind),
        needs_consent=KINDS[kind].needs_confirmation,
        form=form,
    )


@pages.action(f"{_CONTACT}/channels/new/<kind>", permission=Permission.CONTACT_WRITE, again=new)
def create(call: Call, contact_id: UUID, kind: str) -> Response:
    """Add a channel to a contact. A person is asked to agree first."""
    settings = channel_form.given(_known(kind), request.form)
    contact = contacts.locked(call.session, call.organization_id, contact_id)
    values = ChannelValues(kind=kind, settings=settings)
    try:
        made = channels.add(call.session, contact, values, limits=contact_limits(), now=call.now)
    except Invalid as error:
        raise channel_form.in_form(kind, error) from error
    notice = "channel-created" if made.confirmed_at else "channel-asked"
    return see("contacts.show", notice=notice, contact_id=contact_id)


@pages.page(f"{_CHANNEL}/edit", permission=Permission.CONTACT_WRITE)
def edit(call: Call, contact_id: UUID, channel_id: UUID, form: Form = EMPTY) -> Response:
    """Show the settings of a channel. Where it leads cannot be changed."""
    channel = channels.find(call.session, call.organization_id, contact_id, channel_id)
    typed = form.typed if form.is_again else None
    return render(
        "contacts/channel_edit.html",
        call,
        active="contacts",
        contact=contacts.find(call.session, call.organization_id, contact_id),
        channel=channel,
        fields=channel_form.fields(_known(channel.kind), channel.shown, typed),
        labels={**channel_form.labels(channel.kind), "overlap": _overlap_label()},
        rotates=channel_form.rotates(channel.kind),
        overlap=USUAL_OVERLAP.total_seconds(),
        form=form,
    )


@pages.action(f"{_CHANNEL}/edit", permission=Permission.CONTACT_WRITE, again=edit)
def change(call: Call, contact_id: UUID, channel_id: UUID) -> Response:
    channel = _locked(call, contact_id, channel_id)
    settings = channel_form.changed(_known(channel.kind), request.form, channel.shown)
    overlap = _overlap(channel.kind)
    try:
        channels.change(
            call.session,
            channel,
            settings,
            limits=contact_limits(),
            now=call.now,
            overlap=overlap,
        )
    except Invalid as error:
        raise channel_form.in_form(channel.kind, error) from error
    return see("contacts.show", notice="channel-changed", contact_id=contact_id)


@pages.page(f"{_CHANNEL}/delete", permission=Permission.CONTACT_WRITE)
def ask_to_delete(call: Call, contact_id: UUID, channel_id: UUID) -> Response:
    """Say what the deletion of a channel means, before it is done."""
    return render(
        "contacts/channel_delete.html",
        call,
        active="contacts",
        contact=contacts.find(call.session, call.organization_id, contact_id),
        channel=channels.find(call.session, call.organization_id, contact_id, channel_id),
    )


@pages.action(f"{_CHANNEL}/delete", permission=Permission.CONTACT_WRITE)
def delete(call: Call, contact_id: UUID, channel_id: UUID) -> Response:
    channels.delete(call.session, _locked(call, contact_id, channel_id), now=call.now)
    return see("contacts.show", notice="channel-deleted", contact_id=contact_id)


@pages.action(f"{_CHANNEL}/confirmation", permission=Permission.CONTACT_WRITE)
def ask_again(call: Call, contact_id: UUID, channel_id: UUID) -> Response:
    """Send the question whether messages may come once more."""
    opt_in.ask_again(call.session, _locked(call, contact_id, channel_id), now=call.now)
    return see("contacts.show", notice="asked", contact_id=contact_id)


@pages.action(f"{_CHANNEL}/test", permission=Permission.CONTACT_WRITE)
def send_test(call: Call, contact_id: UUID, channel_id: UUID) -> Response:
    test_messages.send(call.session, _locked(call, contact_id, channel_id), now=call.now)
    return see("contacts.show", notice="tested", contact_id=contact_id)


@pages.action(f"{_CHANNEL}/enable", permission=Permission.CONTACT_WRITE)
def enable(call: Call, contact_id: UUID, channel_id: UUID) -> Response:
    """Enable a disabled channel. A reader who unsubscribed is asked first."""
    channel_health.enable(call.session, _locked(call, contact_id, channel_id), now=call.now)
    return see("contacts.show", notice="enabled", contact_id=contact_id)


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise NoSuchPage
    return kind


def _locked(call: Call, contact_id: UUID, channel_id: UUID) -> Channel:
    return channels.locked(call.session, call.organization_id, contact_id, channel_id)


def _overlap(kind: str) -> timedelta:
    """Return how long a replaced secret stays valid beside the new one."""
    if not channel_form.rotates(kind):
        return USUAL_OVERLAP
    typed = Typed(request.form)
    hours = typed.whole("overlap", 0, LONGEST_OVERLAP // timedelta(hours=1))
    typed.refuse()
    return timedelta(hours=hours)


def _overlap_label() -> str:
    return _("A replaced secret stays valid for")
