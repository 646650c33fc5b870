"""Maintenance windows: planned time in which outages do not notify."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.maintenance_windows import (
    MaintenancePreviewSchema,
    MaintenanceTimesSchema,
    MaintenanceWindowChangeSchema,
    MaintenanceWindowCreateSchema,
    MaintenanceWindowPageSchema,
    MaintenanceWindowQuery,
    MaintenanceWindowSchema,
)
from domain.permissions import Permission
from server.identity.principal import Call
from services.maintenance import views as maintenance_views
from services.maintenance import windows as maintenance_windows
from services.maintenance.timing import WantedTimes
from services.maintenance.views import WindowView
from services.maintenance.windows import WindowChanges, WindowValues
from services.pagination import Page, PageRequest

blueprint = Blueprint(
    "maintenance-windows",
    __name__,
    url_prefix="/api/v1/maintenance-windows",
    description="Planned time in which outages do not notify.",
)


@blueprint.route("", permission=Permission.MAINTENANCE_READ)
@blueprint.arguments(MaintenanceWindowQuery, location="query")
@blueprint.response(200, MaintenanceWindowPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[WindowView]:
    """List maintenance windows by name."""
    page = PageRequest(limit=query["limit"], cursor=query.get("cursor"))
    return maintenance_views.page(
        call.session, call.organization_id, page, active=query.get("active"), now=call.now
    )


@blueprint.route("", methods=["POST"], permission=Permission.MAINTENANCE_WRITE)
@blueprint.arguments(MaintenanceWindowCreateSchema)
@blueprint.response(201, MaintenanceWindowSchema)
def create(call: Call, values: WindowValues) -> WindowView:
    """Create a maintenance window."""
    return maintenance_windows.create(call.session, call.organization_id, values, now=call.now)


@blueprint.route("/preview", methods=["POST"], permission=Permission.MAINTENANCE_READ)
@blueprint.arguments(MaintenanceTimesSchema)
@blueprint.response(200, MaintenancePreviewSchema)
def preview(call: Call, times: WantedTimes) -> dict[str, object]:
    """Preview the occurrences of a maintenance window. Nothing is stored."""
    return {"next_occurrences": maintenance_windows.preview(times, now=call.now)}


@blueprint.route("/<uuid:window_id>", permission=Permission.MAINTENANCE_READ)
@blueprint.response(200, MaintenanceWindowSchema)
def show(call: Call, window_id: UUID) -> WindowView:
    """Show a maintenance window with its next occurrences."""
    return maintenance_views.find(call.session, call.organization_id, window_id, now=call.now)


@blueprint.route("/<uuid:window_id>", methods=["PATCH"], permission=Permission.MAINTENANCE_WRITE)
@blueprint.arguments(MaintenanceWindowChangeSchema(partial=True))
@blueprint.response(200, MaintenanceWindowSchema)
def change(call: Call, changes: WindowChanges, window_id: UUID) -> WindowView:
    """Change a maintenance window.

    The change takes effect now. Past occurrences stay unchanged.
    """
    return maintenance_windows.change(
        call.session, call.organization_id, window_id, changes, now=call.now
    )


@blueprint.route("/<uuid:window_id>/end", methods=["POST"], permission=Permission.MAINTENANCE_WRITE)
@blueprint.response(200, MaintenanceWindowSchema)
def end(call: Call, window_id: UUID) -> WindowView:
    """End the current occurrence early.

    A recurring window continues with its next occurrence.
    """
    return maintenance_windows.end(call.session, call.organization_id, window_id, now=call.now)


@blueprint.route("/<uuid:window_id>", methods=["DELETE"], permission=Permission.MAINTENANCE_WRITE)
@blueprint.response(204)
def delete(call: Call, window_id: UUID) -> None:
    """Delete a maintenance window.

    A current occurrence ends now. Past occurrences still count in uptime.
    """
    maintenance_windows.delete(call.session, call.organization_id, window_id, now=call.now)
