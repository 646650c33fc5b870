"""Roles that the organization made from permissions."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.teams import (
    CustomRoleChangeSchema,
    CustomRoleCreateSchema,
    CustomRolePageSchema,
    CustomRoleSchema,
)
from domain.permissions import Permission
from models import CustomRole
from server.identity.principal import Call
from services.access import custom_roles
from services.pagination import Page, PageRequest

blueprint = Blueprint(
    "custom-roles",
    __name__,
    url_prefix="/api/v1/custom-roles",
    description="Roles made of single permissions, for the organization or for projects.",
)


@blueprint.route("", permission=Permission.MEMBER_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, CustomRolePageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[CustomRole]:
    """List custom roles by name."""
    return custom_roles.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.MEMBER_WRITE)
@blueprint.arguments(CustomRoleCreateSchema)
@blueprint.response(201, CustomRoleSchema)
def create(call: Call, body: dict[str, Any]) -> CustomRole:
    """Create a custom role of permissions that you have yourself."""
    return custom_roles.create(
        call.session,
        call.organization_id,
        **body,
        own=call.principal.permissions,
        now=call.now,
    )


@blueprint.route("/<uuid:custom_role_id>", permission=Permission.MEMBER_READ)
@blueprint.response(200, CustomRoleSchema)
def show(call: Call, custom_role_id: UUID) -> CustomRole:
    """Show a custom role."""
    return custom_roles.find(call.session, call.organization_id, custom_role_id)


@blueprint.route("/<uuid:custom_role_id>", methods=["PATCH"], permission=Permission.MEMBER_WRITE)
@blueprint.arguments(CustomRoleChangeSchema(partial=True))
@blueprint.response(200, CustomRoleSchema)
def change(call: Call, changes: dict[str, Any], custom_role_id: UUID) -> CustomRole:
    """Change a custom role. The change applies to all its holders at once."""
    return custom_roles.change(
        call.session,
        call.organization_id,
        custom_role_id,
        **changes,
        own=call.principal.permissions,
        now=call.now,
    )


@blueprint.route("/<uuid:custom_role_id>", methods=["DELETE"], permission=Permission.MEMBER_WRITE)
@blueprint.response(204)
def delete(call: Call, custom_role_id: UUID) -> None:
    """Delete a custom role that no member and no team has."""
    custom_roles.delete(
        call.session, call.organization_id, custom_role_id, own=call.principal.permissions
    )
