"""The channels of a contact, and the actions on one channel."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.channels import (
    ChannelChangeSchema,
    ChannelCreateSchema,
    ChannelPageSchema,
    ChannelSchema,
)
from api.schemas.deliveries import DeliveryDetailSchema
from domain.permissions import Permission
from models import Channel
from server.identity.principal import Call
from server.resources import contact_limits
from services.contacts import channel_health, channels, contacts, opt_in, test_messages
from services.contacts.channel_settings import USUAL_OVERLAP
from services.contacts.channels import ChannelValues
from services.outbox.history import DeliveryView
from services.pagination import Page

blueprint = Blueprint(
    "channels",
    __name__,
    url_prefix="/api/v1/contacts/<uuid:contact_id>/channels",
    description="The ways to reach a contact.",
)


@blueprint.route("", permission=Permission.CONTACT_READ)
@blueprint.response(200, ChannelPageSchema)
def index(call: Call, contact_id: UUID) -> Page[Channel]:
    """List all channels of a contact."""
    return Page(contacts.find(call.session, call.organization_id, contact_id).channels, None)


@blueprint.route("", methods=["POST"], permission=Permission.CONTACT_WRITE)
@blueprint.arguments(ChannelCreateSchema)
@blueprint.response(201, ChannelSchema)
def create(call: Call, values: ChannelValues, contact_id: UUID) -> Channel:
    """Create a channel of a contact.

    A person must confirm it before messages are sent.
    """
    contact = contacts.locked(call.session, call.organization_id, contact_id)
    return channels.add(call.session, contact, values, limits=contact_limits(), now=call.now)


@blueprint.route("/<uuid:channel_id>", permission=Permission.CONTACT_READ)
@blueprint.response(200, ChannelSchema)
def show(call: Call, contact_id: UUID, channel_id: UUID) -> Channel:
    """Show a channel without its secrets."""
    return channels.find(call.session, call.organization_id, contact_id, channel_id)


@blueprint.route("/<uuid:channel_id>", methods=["PATCH"], permission=Permission.CONTACT_WRITE)
@blueprint.arguments(ChannelChangeSchema)
@blueprint.response(200, ChannelSchema)
def change(call: Call, changes: dict[str, Any], contact_id: UUID, channel_id: UUID) -> Channel:
    """Change settings of a channel. Its destination cannot be changed."""
    channel = _locked(call, contact_id, channel_id)
    overlap = changes.get("overlap_seconds")
    return channels.change(
        call.session,
        channel,
        changes.get("settings", {}),
        limits=contact_limits(),
        now=call.now,
        overlap=USUAL_OVERLAP if overlap is None else timedelta(seconds=overlap),
    )


@blueprint.route("/<uuid:channel_id>", methods=["DELETE"], permission=Permission.CONTACT_WRITE)
@blueprint.response(204)
def delete(call: Call, contact_id: UUID, channel_id: UUID) -> None:
    """Delete a channel.

    If it was notified of an outage, it still receives the recovery.
    """
    channels.delete(call.session, _locked(call, contact_id, channel_id), now=call.now)


@blueprint.route(
    "/<uuid:channel_id>/confirmation", methods=["POST"], permission=Permission.CONTACT_WRITE
)
@blueprint.response(202, ChannelSchema)
def ask_again(call: Call, contact_id: UUID, channel_id: UUID) -> Channel:
    """Repeat the opt-in question of a channel.

    The limit is 3 an hour for a channel, and 20 a day for an address.
    """
    channel = _locked(call, contact_id, channel_id)
    opt_in.ask_again(call.session, channel, now=call.now)
    return channel


@blueprint.route("/<uuid:channel_id>/test", methods=["POST"], permission=Permission.CONTACT_WRITE)
@blueprint.response(202, DeliveryDetailSchema)
def send_test(call: Call, contact_id: UUID, channel_id: UUID) -> DeliveryView:
    """Send a test message to a channel.

    The answer is the delivery. Its id shows the progress.
    """
    return test_messages.send(call.session, _locked(call, contact_id, channel_id), now=call.now)


@blueprint.route("/<uuid:channel_id>/enable", methods=["POST"], permission=Permission.CONTACT_WRITE)
@blueprint.response(200, ChannelSchema)
def enable(call: Call, contact_id: UUID, channel_id: UUID) -> Channel:
    """Enable a disabled channel.

    If its recipient has unsubscribed, the opt-in question is sent first.
    """
    channel = _locked(call, contact_id, channel_id)
    channel_health.enable(call.session, channel, now=call.now)
    return channel


def _locked(call: Call, contact_id: UUID, channel_id: UUID) -> Channel:
    return channels.locked(call.session, call.organization_id, contact_id, channel_id)
