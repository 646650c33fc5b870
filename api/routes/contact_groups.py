"""Contact groups: contacts that are notified together."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.contacts import (
    ContactGroupChangeSchema,
    ContactGroupCreateSchema,
    ContactGroupPageSchema,
    ContactGroupSchema,
)
from domain.permissions import Permission
from server.identity.principal import Call
from services.contacts import groups as contact_groups
from services.contacts.groups import ContactGroupView
from services.pagination import Page, PageRequest

blueprint = Blueprint(
    "contact-groups",
    __name__,
    url_prefix="/api/v1/contact-groups",
    description="Contacts that are notified together.",
)


@blueprint.route("", permission=Permission.CONTACT_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ContactGroupPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[ContactGroupView]:
    """List contact groups by name."""
    return contact_groups.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.CONTACT_WRITE)
@blueprint.arguments(ContactGroupCreateSchema)
@blueprint.response(201, ContactGroupSchema)
def create(call: Call, body: dict[str, Any]) -> ContactGroupView:
    """Create a contact group."""
    group = contact_groups.create(call.session, call.organization_id, **body, now=call.now)
    return contact_groups.find(call.session, call.organization_id, group.public_id)


@blueprint.route("/<uuid:group_id>", permission=Permission.CONTACT_READ)
@blueprint.response(200, ContactGroupSchema)
def show(call: Call, group_id: UUID) -> ContactGroupView:
    """Show a contact group."""
    return contact_groups.find(call.session, call.organization_id, group_id)


@blueprint.route("/<uuid:group_id>", methods=["PATCH"], permission=Permission.CONTACT_WRITE)
@blueprint.arguments(ContactGroupChangeSchema(partial=True))
@blueprint.response(200, ContactGroupSchema)
def change(call: Call, changes: dict[str, Any], group_id: UUID) -> ContactGroupView:
    """Change a contact group."""
    return contact_groups.change(
        call.session, call.organization_id, group_id, **changes, now=call.now
    )


@blueprint.route("/<uuid:group_id>", methods=["DELETE"], permission=Permission.CONTACT_WRITE)
@blueprint.response(204)
def delete(call: Call, group_id: UUID) -> None:
    """Delete a contact group. Its contacts and monitors remain."""
    contact_groups.delete(call.session, call.organization_id, group_id)
