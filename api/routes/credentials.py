"""Credentials with which checks authenticate at targets."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.credentials import (
    CredentialChangeSchema,
    CredentialCreateSchema,
    CredentialPageSchema,
    CredentialSchema,
)
from domain.permissions import Permission
from server.identity.principal import Call
from server.resources import credential_settings
from services.credentials import credentials
from services.credentials.credentials import CredentialChanges, CredentialValues, CredentialView
from services.pagination import Page, PageRequest

blueprint = Blueprint(
    "credentials",
    __name__,
    url_prefix="/api/v1/credentials",
    description="The secrets with which checks authenticate at targets.",
)


@blueprint.route("", permission=Permission.CREDENTIAL_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, CredentialPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[CredentialView]:
    """List credentials by name."""
    return credentials.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.CREDENTIAL_WRITE)
@blueprint.arguments(CredentialCreateSchema)
@blueprint.response(201, CredentialSchema)
def create(call: Call, values: CredentialValues) -> CredentialView:
    """Create a credential. Its secrets are never shown again."""
    return credentials.create(
        call.session, call.organization_id, values, settings=credential_settings(), now=call.now
    )


@blueprint.route("/<uuid:credential_id>", permission=Permission.CREDENTIAL_READ)
@blueprint.response(200, CredentialSchema)
def show(call: Call, credential_id: UUID) -> CredentialView:
    """Show a credential without its secrets."""
    return credentials.find(call.session, call.organization_id, credential_id)


@blueprint.route("/<uuid:credential_id>", methods=["PATCH"], permission=Permission.CREDENTIAL_WRITE)
@blueprint.arguments(CredentialChangeSchema(partial=True))
@blueprint.response(200, CredentialSchema)
def change(call: Call, changes: CredentialChanges, credential_id: UUID) -> CredentialView:
    """Change a credential. The change applies to all monitors that use it."""
    return credentials.change(
        call.session,
        call.organization_id,
        credential_id,
        changes,
        settings=credential_settings(),
        now=call.now,
    )


@blueprint.route(
    "/<uuid:credential_id>", methods=["DELETE"], permission=Permission.CREDENTIAL_WRITE
)
@blueprint.response(204)
def delete(call: Call, credential_id: UUID) -> None:
    """Delete a credential. No monitor may use it."""
    credentials.delete(call.session, call.organization_id, credential_id)
