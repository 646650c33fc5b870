"""The organization itself."""

from api.request.blueprint import Blueprint
from api.schemas.organizations import (
    OrganizationChangeSchema,
    OrganizationDeletionSchema,
    OrganizationSettingsSchema,
)
from domain.permissions import Permission
from models import Organization
from server.identity.principal import Call
from server.limits import rate_limits
from services.organizations import deletion as organization_deletion
from services.organizations import organizations
from services.organizations.organizations import OrganizationChanges

blueprint = Blueprint(
    "organizations",
    __name__,
    url_prefix="/api/v1/organization",
    description="Settings of the whole organization.",
)


@blueprint.route("", permission=Permission.ORGANIZATION_READ)
@blueprint.response(200, OrganizationSettingsSchema)
def show(call: Call) -> Organization:
    """Show the organization."""
    return organizations.find(call.session, call.organization_id)


@blueprint.route("/deletion", methods=["POST"], permission=Permission.ORGANIZATION_WRITE)
@blueprint.arguments(OrganizationDeletionSchema)
@blueprint.response(202)
def delete(call: Call, body: dict[str, str]) -> None:
    """Delete the organization.

    Access ends at once. All data is deleted soon afterwards.
    """
    rate_limits.spend_proof(call.principal)
    organization_deletion.delete(
        call.session, call.organization_id, call.principal.user_id, **body, now=call.now
    )


@blueprint.route("", methods=["PATCH"], permission=Permission.ORGANIZATION_WRITE)
@blueprint.arguments(OrganizationChangeSchema(partial=True))
@blueprint.response(200, OrganizationSettingsSchema)
def change(call: Call, changes: OrganizationChanges) -> Organization:
    """Change the settings of the organization."""
    return organizations.change(call.session, call.organization_id, changes, now=call.now)
