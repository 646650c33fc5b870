"""Connections of the organization to identity providers."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.sso_connections import (
    SsoConnectionChangeSchema,
    SsoConnectionCreateSchema,
    SsoConnectionPageSchema,
    SsoConnectionSchema,
)
from domain.permissions import Permission
from models import SsoConnection
from server.identity.principal import Call
from server.resources import resources
from services.pagination import Page, PageRequest
from services.sso import connections
from services.sso.connections import ConnectionChanges, ConnectionValues

blueprint = Blueprint(
    "sso-connections",
    __name__,
    url_prefix="/api/v1/sso-connections",
    description="Single sign-on by OpenID Connect.",
)


@blueprint.route("", permission=Permission.ORGANIZATION_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, SsoConnectionPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[SsoConnection]:
    """List connections by name."""
    return connections.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.ORGANIZATION_WRITE)
@blueprint.arguments(SsoConnectionCreateSchema)
@blueprint.response(201, SsoConnectionSchema)
def create(call: Call, body: dict[str, Any]) -> SsoConnection:
    """Create a connection. The secret is never shown again."""
    return connections.create(
        call.session,
        call.organization_id,
        ConnectionValues(**body),
        own=call.principal.permissions,
        ring=resources().ring,
        now=call.now,
    )


@blueprint.route("/<uuid:sso_connection_id>", permission=Permission.ORGANIZATION_READ)
@blueprint.response(200, SsoConnectionSchema)
def show(call: Call, sso_connection_id: UUID) -> SsoConnection:
    """Show a connection without its secret."""
    return connections.find(call.session, call.organization_id, sso_connection_id)


@blueprint.route(
    "/<uuid:sso_connection_id>", methods=["PATCH"], permission=Permission.ORGANIZATION_WRITE
)
@blueprint.arguments(SsoConnectionChangeSchema(partial=True))
@blueprint.response(200, SsoConnectionSchema)
def change(call: Call, changes: ConnectionChanges, sso_connection_id: UUID) -> SsoConnection:
    """Change a connection. Another issuer or client ends all identities, with their sessions."""
    return connections.change(
        call.session,
        call.organization_id,
        sso_connection_id,
        changes,
        own=call.principal.permissions,
        ring=resources().ring,
        now=call.now,
    )


@blueprint.route(
    "/<uuid:sso_connection_id>", methods=["DELETE"], permission=Permission.ORGANIZATION_WRITE
)
@blueprint.response(204)
def delete(call: Call, sso_connection_id: UUID) -> None:
    """Delete a connection. Its identities and their sessions end, and the members stay."""
    connections.delete(call.session, call.organization_id, sso_connection_id)
