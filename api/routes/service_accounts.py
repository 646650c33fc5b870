"""Service accounts, for machines that exchange a proof for short-lived tokens."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.machines import RotationSchema
from api.schemas.service_accounts import (
    NewServiceAccountSchema,
    ServiceAccountChangeSchema,
    ServiceAccountCreateSchema,
    ServiceAccountPageSchema,
    ServiceAccountSchema,
)
from domain.permissions import Permission
from server.identity.principal import Call
from server.resources import resources
from services.machines import service_accounts
from services.machines.service_accounts import (
    ServiceAccountChanges,
    ServiceAccountValues,
    ServiceAccountView,
)
from services.pagination import Page, PageRequest
from services.permissions import Renewal

blueprint = Blueprint(
    "service-accounts",
    __name__,
    url_prefix="/api/v1/service-accounts",
    description="Machines that authenticate with short-lived tokens.",
)
_ONE = "/<uuid:service_account_id>"


@blueprint.route("", permission=Permission.MACHINE_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ServiceAccountPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[ServiceAccountView]:
    """List service accounts by name."""
    return service_accounts.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.MACHINE_WRITE)
@blueprint.arguments(ServiceAccountCreateSchema)
@blueprint.response(201, NewServiceAccountSchema)
def create(call: Call, values: ServiceAccountValues) -> ServiceAccountView:
    """Create a service account with some of your own permissions."""
    return service_accounts.create(
        call.session,
        call.organization_id,
        values,
        maker=call.maker,
        ring=resources().ring,
        now=call.now,
    )


@blueprint.route(_ONE, permission=Permission.MACHINE_READ)
@blueprint.response(200, ServiceAccountSchema)
def show(call: Call, service_account_id: UUID) -> ServiceAccountView:
    """Show a service account without its secret."""
    return service_accounts.find(call.session, call.organization_id, service_account_id)


@blueprint.route(_ONE, methods=["PATCH"], permission=Permission.MACHINE_WRITE)
@blueprint.arguments(ServiceAccountChangeSchema)
@blueprint.response(200, ServiceAccountSchema)
def change(
    call: Call, changes: ServiceAccountChanges, service_account_id: UUID
) -> ServiceAccountView:
    """Change a service account.

    The caller needs all of its permissions.
    """
    return service_accounts.change(
        call.session,
        call.organization_id,
        service_account_id,
        changes,
        own=call.principal.permissions,
        now=call.now,
    )


@blueprint.route(f"{_ONE}/rotate", methods=["POST"], permission=Permission.MACHINE_WRITE)
@blueprint.arguments(RotationSchema)
@blueprint.response(200, NewServiceAccountSchema)
def rotate(call: Call, overlap: timedelta, service_account_id: UUID) -> ServiceAccountView:
    """Rotate the secret of a service account.

    The present secret remains valid for the overlap.
    """
    return service_accounts.rotate(
        call.session,
        call.organization_id,
        service_account_id,
        renewal=Renewal(overlap=overlap, own=call.principal.permissions),
        ring=resources().ring,
        now=call.now,
    )


@blueprint.route(f"{_ONE}/end-tokens", methods=["POST"], permission=Permission.MACHINE_WRITE)
@blueprint.response(200, ServiceAccountSchema)
def end_tokens(call: Call, service_account_id: UUID) -> ServiceAccountView:
    """Revoke all tokens of a service account at once."""
    return service_accounts.end_tokens(call.session, call.organization_id, service_account_id)


@blueprint.route(_ONE, methods=["DELETE"], permission=Permission.MACHINE_WRITE)
@blueprint.response(204)
def delete(call: Call, service_account_id: UUID) -> None:
    """Delete a service account and all of its tokens."""
    service_accounts.delete(call.session, call.organization_id, service_account_id)
