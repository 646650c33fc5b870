"""The organization itself."""

from typing import Any

from flask import Response

from api.request.blueprint import Blueprint
from api.schemas.data_exports import DataExportSchema
from api.schemas.organization_policy import PolicyChangeSchema, PolicySchema
from api.schemas.organizations import (
    OrganizationChangeSchema,
    OrganizationDeletionSchema,
    OrganizationSettingsSchema,
)
from domain.organization_policy import Policy
from domain.permissions import Permission
from models import Organization
from server.identity.principal import Call
from server.limits import rate_limits
from server.request import downloads
from services.closures import organizations as closed_organizations
from services.organizations import data_exports, organizations
from services.organizations.organizations import OrganizationChanges
from services.policies import policies
from services.policies.policies import PolicyChanges

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


@blueprint.route("/data-export", methods=["POST"], permission=Permission.ORGANIZATION_WRITE)
@blueprint.arguments(DataExportSchema)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/zip")
def export_data(call: Call, body: dict[str, Any]) -> Response:
    """Export the configuration and the history, as a zip of JSON documents.

    Checks are exported by `POST /exports`. With a recipient, the zip is encrypted with age.
    """
    rate_limits.spend_proof(call.principal)
    file = data_exports.make(
        call.session, call.organization_id, call.principal.user_id, **body, now=call.now
    )
    return downloads.of_export(file, "organization", is_encrypted=body["recipient"] is not None)


@blueprint.route("/deletion", methods=["POST"], permission=Permission.ORGANIZATION_WRITE)
@blueprint.arguments(OrganizationDeletionSchema)
@blueprint.response(202)
def delete(call: Call, body: dict[str, str]) -> None:
    """Delete the organization.

    Access and checks end at once. For 30 days, the link in the mail to its owners restores it. Then
    all data is erased.
    """
    rate_limits.spend_proof(call.principal)
    closed_organizations.close(
        call.session, call.organization_id, call.principal.user_id, **body, now=call.now
    )


@blueprint.route("", methods=["PATCH"], permission=Permission.ORGANIZATION_WRITE)
@blueprint.arguments(OrganizationChangeSchema(partial=True))
@blueprint.response(200, OrganizationSettingsSchema)
def change(call: Call, changes: OrganizationChanges) -> Organization:
    """Change the settings of the organization."""
    return organizations.change(call.session, call.organization_id, changes, now=call.now)


@blueprint.route("/policy", permission=Permission.ORGANIZATION_READ)
@blueprint.response(200, PolicySchema)
def show_policy(call: Call) -> Policy:
    """Show what the organization demands of its members and machines."""
    return policies.of(call.session, call.organization_id)


@blueprint.route("/policy", methods=["PATCH"], permission=Permission.ORGANIZATION_WRITE)
@blueprint.arguments(PolicyChangeSchema(partial=True))
@blueprint.response(200, PolicySchema)
def change_policy(call: Call, changes: PolicyChanges) -> Policy:
    """Change what the organization demands of its members and machines.

    A change that would lock out the caller is refused with 409, which names the field. Sessions
    that are older than the new policy end at their next request.
    """
    return policies.change(
        call.session, call.organization_id, changes, by=call.principal.visit, now=call.now
    )
