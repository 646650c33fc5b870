"""Contacts: the people, teams and programs to notify."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.contacts import (
    ContactChangeSchema,
    ContactCreateSchema,
    ContactPageSchema,
    ContactSchema,
)
from domain.permissions import Permission
from models import Contact
from server.identity.principal import Call
from server.resources import contact_limits
from services.contacts import contacts
from services.contacts.contacts import ContactChanges, ContactValues
from services.pagination import Page, PageRequest

blueprint = Blueprint(
    "contacts",
    __name__,
    url_prefix="/api/v1/contacts",
    description="The people, teams and programs to notify.",
)


@blueprint.route("", permission=Permission.CONTACT_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ContactPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[Contact]:
    """List contacts by name."""
    return contacts.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.CONTACT_WRITE)
@blueprint.arguments(ContactCreateSchema)
@blueprint.response(201, ContactSchema)
def create(call: Call, values: ContactValues) -> Contact:
    """Create a contact with its channels.

    Persons must confirm each channel before messages are sent to it.
    """
    return contacts.create(
        call.session, call.organization_id, values, limits=contact_limits(), now=call.now
    )


@blueprint.route("/<uuid:contact_id>", permission=Permission.CONTACT_READ)
@blueprint.response(200, ContactSchema)
def show(call: Call, contact_id: UUID) -> Contact:
    """Show a contact."""
    return contacts.find(call.session, call.organization_id, contact_id)


@blueprint.route("/<uuid:contact_id>", methods=["PATCH"], permission=Permission.CONTACT_WRITE)
@blueprint.arguments(ContactChangeSchema(partial=True))
@blueprint.response(200, ContactSchema)
def change(call: Call, changes: ContactChanges, contact_id: UUID) -> Contact:
    """Change a contact."""
    return contacts.change(
        call.session,
        call.organization_id,
        contact_id,
        changes,
        limits=contact_limits(),
        now=call.now,
    )


@blueprint.route("/<uuid:contact_id>", methods=["DELETE"], permission=Permission.CONTACT_WRITE)
@blueprint.response(204)
def delete(call: Call, contact_id: UUID) -> None:
    """Delete a contact.

    If it was notified of an outage, it still receives the recovery.
    """
    contacts.delete(call.session, call.organization_id, contact_id, now=call.now)
