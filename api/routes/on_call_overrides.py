"""Overrides of on-call schedules: temporary replacements."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.on_call_schedules import (
    OverrideCreateSchema,
    OverridePageSchema,
    OverrideQuery,
    OverrideSchema,
)
from domain.permissions import Permission
from server.identity.principal import Call
from services.on_call import overrides as on_call_overrides
from services.on_call.overrides import OverrideFilter, OverrideValues, OverrideView
from services.pagination import Page, PageRequest

blueprint = Blueprint(
    "on-call-overrides",
    __name__,
    url_prefix="/api/v1/on-call-schedules/<uuid:schedule_id>/overrides",
    description="Temporary replacements in on-call schedules.",
)


@blueprint.route("", permission=Permission.ESCALATION_READ)
@blueprint.arguments(OverrideQuery, location="query")
@blueprint.response(200, OverridePageSchema)
def index(call: Call, query: dict[str, Any], schedule_id: UUID) -> Page[OverrideView]:
    """List the overrides of a schedule, earliest first."""
    page = PageRequest(limit=query.pop("limit"), cursor=query.pop("cursor", None))
    return on_call_overrides.page(
        call.session, call.organization_id, schedule_id, OverrideFilter(**query), page
    )


@blueprint.route("", methods=["POST"], permission=Permission.ESCALATION_WRITE)
@blueprint.arguments(OverrideCreateSchema)
@blueprint.response(201, OverrideSchema)
def create(call: Call, values: OverrideValues, schedule_id: UUID) -> OverrideView:
    """Create an override, which puts a contact on duty regardless of the rotation."""
    return on_call_overrides.create(
        call.session, call.organization_id, schedule_id, values, now=call.now
    )


@blueprint.route("/<uuid:override_id>", methods=["DELETE"], permission=Permission.ESCALATION_WRITE)
@blueprint.response(204)
def delete(call: Call, schedule_id: UUID, override_id: UUID) -> None:
    """Delete an override. The regular rotation resumes."""
    on_call_overrides.delete(call.session, call.organization_id, schedule_id, override_id)
