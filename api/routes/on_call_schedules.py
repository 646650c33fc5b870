"""On-call schedules: who is on duty at any time."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.on_call_schedules import (
    OnCallScheduleChangeSchema,
    OnCallScheduleCreateSchema,
    OnCallSchedulePageSchema,
    OnCallScheduleSchema,
    OnDutyQuery,
    OnDutySchema,
    ShiftsQuery,
    ShiftsSchema,
)
from domain.permissions import Permission
from server.identity.principal import Call
from services.on_call import rota
from services.on_call import schedules as on_call_schedules
from services.on_call import views as on_call_views
from services.on_call.rota import OnDuty
from services.on_call.schedules import ScheduleChanges, ScheduleValues
from services.on_call.views import ScheduleView
from services.pagination import Page, PageRequest

blueprint = Blueprint(
    "on-call-schedules",
    __name__,
    url_prefix="/api/v1/on-call-schedules",
    description="Who is on duty at any time.",
)


@blueprint.route("", permission=Permission.ESCALATION_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, OnCallSchedulePageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[ScheduleView]:
    """List on-call schedules by name."""
    return on_call_views.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.ESCALATION_WRITE)
@blueprint.arguments(OnCallScheduleCreateSchema)
@blueprint.response(201, OnCallScheduleSchema)
def create(call: Call, values: ScheduleValues) -> ScheduleView:
    """Create an on-call schedule."""
    return on_call_schedules.create(call.session, call.organization_id, values, now=call.now)


@blueprint.route("/<uuid:schedule_id>", permission=Permission.ESCALATION_READ)
@blueprint.response(200, OnCallScheduleSchema)
def show(call: Call, schedule_id: UUID) -> ScheduleView:
    """Show an on-call schedule."""
    return on_call_views.find(call.session, call.organization_id, schedule_id)


@blueprint.route("/<uuid:schedule_id>", methods=["PATCH"], permission=Permission.ESCALATION_WRITE)
@blueprint.arguments(OnCallScheduleChangeSchema(partial=("name", "layers")))
@blueprint.response(200, OnCallScheduleSchema)
def change(call: Call, changes: ScheduleChanges, schedule_id: UUID) -> ScheduleView:
    """Change an on-call schedule. Given layers replace all."""
    return on_call_schedules.change(
        call.session, call.organization_id, schedule_id, changes, now=call.now
    )


@blueprint.route("/<uuid:schedule_id>", methods=["DELETE"], permission=Permission.ESCALATION_WRITE)
@blueprint.response(204)
def delete(call: Call, schedule_id: UUID) -> None:
    """Delete an on-call schedule. No escalation policy may use it."""
    on_call_schedules.delete(call.session, call.organization_id, schedule_id)


@blueprint.route("/<uuid:schedule_id>/shifts", permission=Permission.ESCALATION_READ)
@blueprint.arguments(ShiftsQuery, location="query")
@blueprint.response(200, ShiftsSchema)
def shifts(call: Call, query: dict[str, Any], schedule_id: UUID) -> dict[str, object]:
    """List the shifts in a span, by the current schedule."""
    found = rota.shifts(call.session, call.organization_id, schedule_id, **query, now=call.now)
    return {"items": found}


@blueprint.route("/<uuid:schedule_id>/on-duty", permission=Permission.ESCALATION_READ)
@blueprint.arguments(OnDutyQuery, location="query")
@blueprint.response(200, OnDutySchema)
def on_duty(call: Call, query: dict[str, Any], schedule_id: UUID) -> OnDuty:
    """Show who is on duty at a time, and until when."""
    moment = query.get("at", call.now)
    return rota.at(call.session, call.organization_id, schedule_id, moment)
