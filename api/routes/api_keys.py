"""API keys, for machines that send one secret with each request."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.api_keys import (
    ApiKeyChangeSchema,
    ApiKeyCreateSchema,
    ApiKeyPageSchema,
    ApiKeySchema,
    NewApiKeySchema,
)
from api.schemas.base import PageQuery
from api.schemas.machines import RotationSchema
from domain.permissions import Permission
from server.identity.principal import Call
from server.resources import resources
from services.machines import api_keys
from services.machines.api_keys import ApiKeyChanges, ApiKeyValues, ApiKeyView
from services.pagination import Page, PageRequest
from services.permissions import Renewal

blueprint = Blueprint(
    "api-keys",
    __name__,
    url_prefix="/api/v1/api-keys",
    description="Secrets with which machines authenticate.",
)


@blueprint.route("", permission=Permission.MACHINE_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ApiKeyPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[ApiKeyView]:
    """List API keys by name."""
    return api_keys.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.MACHINE_WRITE)
@blueprint.arguments(ApiKeyCreateSchema)
@blueprint.response(201, NewApiKeySchema)
def create(call: Call, values: ApiKeyValues) -> ApiKeyView:
    """Create an API key with some of your own permissions.

    The key is shown only in this answer.
    """
    return api_keys.create(
        call.session,
        call.organization_id,
        values,
        maker=call.maker,
        ring=resources().ring,
        now=call.now,
    )


@blueprint.route("/<uuid:api_key_id>", permission=Permission.MACHINE_READ)
@blueprint.response(200, ApiKeySchema)
def show(call: Call, api_key_id: UUID) -> ApiKeyView:
    """Show an API key without its secret."""
    return api_keys.find(call.session, call.organization_id, api_key_id)


@blueprint.route("/<uuid:api_key_id>", methods=["PATCH"], permission=Permission.MACHINE_WRITE)
@blueprint.arguments(ApiKeyChangeSchema)
@blueprint.response(200, ApiKeySchema)
def change(call: Call, changes: ApiKeyChanges, api_key_id: UUID) -> ApiKeyView:
    """Change an API key.

    The caller needs all of its permissions.
    """
    return api_keys.change(
        call.session,
        call.organization_id,
        api_key_id,
        changes,
        own=call.principal.permissions,
        now=call.now,
    )


@blueprint.route("/<uuid:api_key_id>/rotate", methods=["POST"], permission=Permission.MACHINE_WRITE)
@blueprint.arguments(RotationSchema)
@blueprint.response(200, NewApiKeySchema)
def rotate(call: Call, overlap: timedelta, api_key_id: UUID) -> ApiKeyView:
    """Rotate the secret of an API key.

    The present secret remains valid for the overlap.
    """
    return api_keys.rotate(
        call.session,
        call.organization_id,
        api_key_id,
        renewal=Renewal(overlap=overlap, own=call.principal.permissions),
        ring=resources().ring,
        now=call.now,
    )


@blueprint.route("/<uuid:api_key_id>", methods=["DELETE"], permission=Permission.MACHINE_WRITE)
@blueprint.response(204)
def delete(call: Call, api_key_id: UUID) -> None:
    """Delete an API key. It stops working at once."""
    api_keys.delete(call.session, call.organization_id, api_key_id)
